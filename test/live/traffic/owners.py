"""Who owns a socket, for test/live/owners.test.ts: each situation has a server port of its own; prints those and the right pids as JSON."""
import ctypes, json, os, socket, struct, subprocess, time

ABORT = struct.pack('ii', 1, 0)  # SO_LINGER: on, 0 s
MPTCP = 262
CLONE_NEWNET = 0x40000000


def pause():
    time.sleep(0.05)


def apart(run):
    """`run` in a process of its own, which ends with it."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
        finally:
            os._exit(0)
    return pid


def listening(port, protocol, address='127.0.0.1'):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port)); listener.listen(64)
    return listener


def connecting(port, protocol, run, address='127.0.0.1'):
    def client():
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
        connection.connect((address, port))
        run(connection)
    return apart(client)


def reset(connection):
    pause()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    connection.close()


def ask(connection):
    connection.sendall(b'x' * 500); connection.recv(100); connection.close()


def answer(accepted):
    accepted.recv(1000); accepted.sendall(b'y'); accepted.recv(1000); accepted.close()


def ended(*pids):
    for pid in pids:
        os.waitpid(pid, 0)
    pause()


def orphans(port, protocol):
    """The process that listened is gone, its child has the socket and never touches the connection."""
    ready, told = os.pipe()
    over, stop = os.pipe()

    def parent():
        listener = listening(port, protocol)
        def child():
            os.close(stop); os.write(told, b'.'); os.read(over, 1)
        apart(child)
    gone = apart(parent)
    os.read(ready, 1); ended(gone)
    ended(connecting(port, protocol, reset))
    os.close(stop); pause()
    return {'port': port, 'gone': gone}


def handed_over(port):
    """A child has the accepted connection from its parent, and uses it."""
    listener = listening(port, MPTCP)
    client = connecting(port, MPTCP, ask)
    accepted, _ = listener.accept()
    server = apart(lambda: answer(accepted))
    accepted.close(); listener.close(); ended(client, server)
    return {'port': port, 'server': server, 'client': client}


def closed_only(port):
    """Several connections, one after the other: the last is accepted by another process, which does nothing but close it."""
    listener = listening(port, MPTCP)
    clients = []
    for turn in range(4):
        last = turn == 3
        clients.append(connecting(port, MPTCP, (lambda c: (c.recv(10), c.close())) if last else ask))
        server = apart(lambda: listener.accept()[0].close() if last else answer(listener.accept()[0]))
        ended(clients[-1], server); time.sleep(0.3)
    listener.close()
    return {'port': port, 'server': server, 'client': clients[-1]}


def joined(port):
    """A second subflow, which the kernel opens by itself, between other addresses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'unshare')
    for command in ('link set lo up', 'address add 192.0.2.1/32 dev lo', 'address add 192.0.2.2/32 dev lo',
                    'mptcp limits set subflow 2 add_addr_accepted 2', 'mptcp endpoint add 192.0.2.2 dev lo subflow'):
        subprocess.check_call(['ip', *command.split()])
    def slowly(connection):
        connection.sendall(b'x'); time.sleep(0.3); ask(connection)
    def patiently(accepted):
        accepted.recv(1); time.sleep(0.3); answer(accepted)
    listener = listening(port, MPTCP, '192.0.2.1')
    client = connecting(port, MPTCP, slowly, '192.0.2.1')
    server = apart(lambda: patiently(listener.accept()[0]))
    listener.close(); ended(client, server); time.sleep(0.3)
    return {'port': port, 'server': server, 'client': client}


def has_mptcp():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP).close()
        return True
    except OSError:
        return False


def mptcp():
    return {'orphan': orphans(6912, MPTCP), 'handed_over': handed_over(6913), 'closed_only': closed_only(6914), 'joined': joined(6915)}


print(json.dumps({'orphan': orphans(6911, 0), 'mptcp': mptcp() if has_mptcp() else None}))
