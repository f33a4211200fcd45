"""Datagrams and connections of known bytes on one port, for test/live/dns-capture.test.ts. Usage: dns_segments.py PORT SCENARIO; prints what it did."""
import json, os, socket, struct, sys

PORT = int(sys.argv[1])
UDP_SEGMENT = 103
did = {}


def udp(family=socket.AF_INET):
    return socket.socket(family, socket.SOCK_DGRAM)


def bound(family=socket.AF_INET):
    server = udp(family)
    server.bind(('127.0.0.1' if family == socket.AF_INET else '::1', PORT))
    return server


def child(run):
    """Runs it in a process of its own, and waits for its end."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit('a child failed')
    return pid


def answer(server, payload):
    question, peer = server.recvfrom(65535)
    server.sendto(payload, peer)
    return question


def whole(connection, length):
    data = b''
    while len(data) < length:
        more = connection.recv(65536)
        if not more:
            raise SystemExit('the connection ended early')
        data += more
    return data


def exchange(family):
    server, client = bound(family), udp(family)
    client.sendto(b'question', server.getsockname())
    answer(server, b'the answer')
    client.recv(100)
    did.update(pid=os.getpid(), client=client.getsockname()[1])


def connected():
    server, client = bound(), udp()
    client.connect(server.getsockname())
    client.send(b'question')
    answer(server, b'the answer')
    client.recv(100)
    did.update(pid=os.getpid(), client=client.getsockname()[1])


def inherited():
    """One process connects, others send: by turns, and from a descriptor with a high number."""
    server, client = bound(), udp()
    client.connect(server.getsockname())
    high = os.dup2(client.fileno(), 200)
    senders = []
    for i in range(4):
        def send(i=i):
            if i == 3:
                os.close(client.fileno())
                os.write(high, b'question 3')
            else:
                client.send(b'question %d' % i)
        senders.append(child(send))
        answer(server, b'the answer')
        client.recv(100)
    client.send(b'question 4')
    did.update(pid=os.getpid(), client=client.getsockname()[1], senders=senders + [os.getpid()])


def shared():
    """An unconnected socket of two processes."""
    server, client = bound(), udp()
    senders = [child(lambda i=i: client.sendto(b'question %d' % i, server.getsockname())) for i in range(3)]
    did.update(client=client.getsockname()[1], senders=senders)


def forked():
    """The parent binds, workers answer."""
    server, client = bound(), udp()
    workers = []
    for i in range(3):
        client.sendto(b'question %d' % i, server.getsockname())
        workers.append(child(lambda: answer(server, b'the answer')))
        client.recv(100)
    did.update(pid=os.getpid(), client=client.getsockname()[1], workers=workers)


def sizes():
    server, client = bound(), udp()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    lengths = [0, 1, 255, 256, 257, 1471, 1472, 1473, 4095, 4096, 4097, 5000, 65000]
    for length in lengths:
        client.sendto(bytes(i % 251 for i in range(length)), server.getsockname())
    did.update(client=client.getsockname()[1], lengths=lengths)


def segments():
    """Several datagrams by one call."""
    server, client = bound(), udp()
    client.connect(server.getsockname())
    client.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 100)
    client.send(b'a' * 100 + b'b' * 100 + b'c' * 40)
    client.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 10)
    client.send(b'd' * 205)
    did.update(client=client.getsockname()[1])


def tcp():
    listener = socket.create_server(('127.0.0.1', PORT))
    client = socket.create_connection(listener.getsockname())
    def frame(data):
        return struct.pack('>H', len(data)) + data
    big = frame(bytes(i % 251 for i in range(60000)))
    sent = frame(b'one') + frame(b'two') + frame(b'three')
    port = client.getsockname()[1]
    client.sendall(sent)
    def serve():
        client.close()
        connection, _ = listener.accept()
        whole(connection, len(sent))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame(b'in pieces'):
            connection.send(bytes([byte]))
        connection.sendall(big)
        connection.recv(10)
        connection.close()
    pid = os.fork()
    if pid == 0:
        serve()
        os._exit(0)
    whole(client, 11 + len(big))
    client.close()
    os.waitpid(pid, 0)
    did.update(pid=os.getpid(), worker=pid, client=port, sent=sent.hex(), answered=(frame(b'in pieces') + big).hex())


def reset():
    client = socket.socket()
    try:
        client.connect(('127.0.0.1', PORT))
    except ConnectionRefusedError:
        pass
    did.update(pid=os.getpid())


def tcp6():
    listener = socket.create_server(('::1', PORT), family=socket.AF_INET6)
    client = socket.create_connection(listener.getsockname()[:2])
    connection, _ = listener.accept()
    client.sendall(b'\0\3six')
    whole(connection, 5)
    did.update(pid=os.getpid(), client=client.getsockname()[1])


def mapped():
    """IPv4 by IPv6 sockets."""
    server, client = bound(), udp(socket.AF_INET6)
    client.sendto(b'question', ('::ffff:127.0.0.1', PORT))
    answer(server, b'the answer')
    client.recv(100)
    did.update(pid=os.getpid(), client=client.getsockname()[1])


def flood():
    server, client = bound(), udp()
    client.connect(server.getsockname())
    for i in range(int(sys.argv[3])):
        client.send(b'x' * 3000)
    did.update(client=client.getsockname()[1])


SCENARIOS = {'udp4': lambda: exchange(socket.AF_INET), 'udp6': lambda: exchange(socket.AF_INET6)}
name = sys.argv[2]
(SCENARIOS.get(name) or globals()[name])()
print(json.dumps(did))
