"""TCP situations for test/live/tcp.test.ts: `tcp.py SITUATION` makes one and prints what is needed to find its records as JSON."""
import ctypes, json, os, socket, struct, sys, time

ABORT = struct.pack('ii', 1, 0)  # SO_LINGER: on, 0 s
SO_COOKIE = 57
SLOTS = 16384  # CT_TCP_SLOTS, bpf/connections/maps.h
CROWD = 10000
HELD = 6000  # sockets of one process, below what it may open
MOST_SOCKETS = 400000  # looked at for cookies that collide


def pair(family=socket.AF_INET):
    listener = socket.socket(family)
    listener.bind(('127.0.0.1' if family == socket.AF_INET else '::1', 0))
    listener.listen()
    client = socket.create_connection(listener.getsockname()[:2])
    accepted, _ = listener.accept()
    listener.close()
    return client, accepted


def ports(client, accepted):
    return {'client': client.getsockname()[1], 'server': accepted.getsockname()[1]}


def pause():
    time.sleep(0.05)


def states():
    """The server closes first, so that the active opener is closed upon; and the usual way round."""
    client, accepted = pair()
    found = {'closed_upon': ports(client, accepted)}
    accepted.close(); pause(); client.close()
    client, accepted = pair(socket.AF_INET6)
    found['closes'] = ports(client, accepted)
    client.close(); pause(); accepted.close()
    pause()
    return found


def resets():
    found = {}
    for name in ('half_closed', 'unread', 'close_wait', 'orderly'):
        client, accepted = pair()
        found[name] = ports(client, accepted)
        if name == 'half_closed':
            client.shutdown(socket.SHUT_WR); pause()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        if name == 'unread':
            accepted.sendall(b'x'); client.shutdown(socket.SHUT_WR); pause()
        if name == 'close_wait':
            accepted.shutdown(socket.SHUT_WR); pause()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        if name == 'orderly':
            client.shutdown(socket.SHUT_WR); pause()
            accepted.close(); pause()
        client.close(); pause()
        accepted.close(); pause()
    return found


def serving(address, family, only6=None):
    """A process that listens and never accepts; gives its pid and a way to end it."""
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if only6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen()
        os.write(told, b'.')
        time.sleep(60)
        os._exit(0)
    os.read(ready, 1)
    return pid


def stop(pid):
    os.kill(pid, 9); os.waitpid(pid, 0); pause()


def poke(address, family):
    """Connects and resets: the accepting process never touches its end."""
    client = socket.socket(family)
    client.connect(address); pause()
    port = client.getsockname()[1]
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    client.close(); pause()
    return port


def listeners():
    gone = serving(('127.0.0.1', 6903), socket.AF_INET); stop(gone)
    four = serving(('0.0.0.0', 6903), socket.AF_INET)
    six = serving(('::', 6903), socket.AF_INET6, True)
    found = {'four': {'client': poke(('127.0.0.1', 6903), socket.AF_INET), 'pid': four},
             'six': {'client': poke(('::1', 6903), socket.AF_INET6), 'pid': six}}
    stop(four); stop(six)
    return found


def cookie(s):
    return struct.unpack('Q', s.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


def colliding(slot):
    for _ in range(MOST_SOCKETS):
        s = socket.socket()
        if cookie(s) % SLOTS == slot:
            return s
        s.close()
    raise SystemExit('no cookie fell into the slot')


def disconnect(s):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.connect(s.fileno(), struct.pack('H14x', socket.AF_UNSPEC), 16):
        raise OSError(ctypes.get_errno(), 'AF_UNSPEC')


def collisions():
    """A socket whose slot another one holds connects, goes on connecting when the slot is free, and is closed."""
    os.sched_setaffinity(0, {0})
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0)); listener.listen(64)
    found = []
    for _ in range(3):
        holder = socket.create_connection(listener.getsockname()); listener.accept()[0].close()
        s = colliding(cookie(holder) % SLOTS)
        for turn in range(4):
            s.connect(listener.getsockname()); listener.accept()[0].close(); s.recv(1)
            if turn == 1:
                holder.close()
            disconnect(s)
        found.append(cookie(s))
        s.close()
    listener.close()
    return {'cookies': found}


def hold(ready, leave):
    """Connections of a process of its own, whose slots it tells, until it may leave."""
    listener = socket.create_server(('127.0.0.1', 0), backlog=64)
    held = []
    while len(held) < HELD:
        held += [socket.create_connection(listener.getsockname()), listener.accept()[0]]
    os.write(ready, b''.join(struct.pack('H', cookie(s) % SLOTS) for s in held))
    os.close(ready)
    os.read(leave, 1)
    os._exit(0)


def crowd():
    """Connections hold every slot; then sockets that find theirs taken connect twice each."""
    leave, may_leave = os.pipe()
    taken = set()
    while len(taken) < SLOTS:
        told, ready = os.pipe()
        if os.fork() == 0:
            os.close(told); os.close(may_leave)
            hold(ready, leave)
        os.close(ready)
        with os.fdopen(told, 'rb') as slots:
            taken |= {slot for slot, in struct.iter_unpack('H', slots.read())}
    listener = socket.create_server(('127.0.0.1', 0), backlog=64)
    for _ in range(CROWD):
        s = socket.socket()
        for turn in range(2):
            if turn > 0:
                disconnect(s)
            s.connect(listener.getsockname()); listener.accept()[0].close(); s.recv(1)
        s.close()
    port = listener.getsockname()[1]
    listener.close()
    os.close(may_leave)
    return {'port': port, 'sockets': CROWD}


def older():
    """Open before the tracer: it starts when the first line is out, and the connections close at a line of standard input."""
    plain, half = pair(), pair()
    plain[0].sendall(b'a' * 101); plain[1].recv(200); plain[1].sendall(b'b' * 7); plain[0].recv(100)
    half[0].sendall(b'c' * 13); half[1].recv(100); half[0].shutdown(socket.SHUT_WR); pause()
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0)); listener.listen()
    waiting = socket.create_connection(listener.getsockname()); waiting.sendall(b'd' * 20)
    queued = {'client': waiting.getsockname()[1], 'server': listener.getsockname()[1]}
    print(json.dumps({'plain': ports(*plain), 'half': ports(*half), 'queued': queued}), flush=True)
    sys.stdin.readline()
    accepted = listener.accept()[0]; accepted.recv(100)
    time.sleep(2)
    for s in (*plain, *half, waiting, accepted, listener):
        s.close(); pause()
    return {}


print(json.dumps(globals()[sys.argv[1]]()), flush=True)
