# TCP queues of a known fill, in a process of their own: each line on standard input is done and answered by one line of JSON.
#
#   slow BYTES       a connection whose reader, with the smallest receive buffer, has left BYTES unread; what the kernel says of its queue
#   read N           the reader takes N bytes
#   big BYTES        a connection with so large buffers that BYTES wait in its receive queue, or as many as find room
#   full BACKLOG     a listener that never accepts, with as many connections as find room
#   flip SECONDS     sends and receives as fast as it can; how many of both
#   quit
import fcntl, json, socket, struct, sys, termios, time

SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h

kept = []
reader = None


def pair(receive=None, send=None):
    listener = socket.socket()
    if receive:
        listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, receive)
    listener.bind(('127.0.0.1', 0))
    listener.listen(1)
    client = socket.socket()
    if send:
        client.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, send)
    client.connect(listener.getsockname())
    server, _ = listener.accept()
    listener.close()
    kept.extend([client, server])
    return client, server


def fill(client, most):
    client.setblocking(False)
    sent = 0
    end = time.monotonic() + 5
    while sent < most and time.monotonic() < end:
        try:
            sent += client.send(bytes(min(65536, most - sent)))
            end = time.monotonic() + 0.5
        except BlockingIOError:
            time.sleep(0.01)
    time.sleep(0.1)


def ioctl(sock, request):
    value = bytearray(4)
    fcntl.ioctl(sock, request, value)
    return struct.unpack('i', value)[0]


def settle(sock):
    before, now = -1, ioctl(sock, termios.FIONREAD)
    while before != now:
        time.sleep(0.5)
        before, now = now, ioctl(sock, termios.FIONREAD)


def said(sock):
    return {
        'port': sock.getsockname()[1],
        'queued': ioctl(sock, termios.FIONREAD),
        'buffer': sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF),
    }


def slow(count):
    global reader
    client, reader = pair()
    fill(client, count)
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2)
    return said(reader)


def read(count):
    reader.recv(count)
    return said(reader)


def big(count):
    client, server = pair(64 << 20, 64 << 20)
    fill(client, count)
    settle(server)
    return {**said(server), 'unsent': ioctl(client, termios.TIOCOUTQ), 'send_port': client.getsockname()[1]}


def full(backlog):
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(backlog)
    kept.append(listener)
    for _ in range(backlog + 3):
        client = socket.socket()
        client.setblocking(False)
        try:
            client.connect(listener.getsockname())
        except BlockingIOError:
            pass
        kept.append(client)
    time.sleep(0.2)
    return {'port': listener.getsockname()[1]}


def flip(seconds):
    client, server = pair()
    end = time.monotonic() + seconds
    calls = 0
    while time.monotonic() < end:
        for _ in range(50):
            client.send(b'x')
            server.recv(1)
            calls += 2
    return {'calls': calls}


print(json.dumps({}), flush=True)
for line in sys.stdin:
    name, *arguments = line.split()
    if name == 'quit':
        break
    print(json.dumps(globals()[name](*(int(each) for each in arguments))), flush=True)
