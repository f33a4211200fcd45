"""TCP connections of the less usual kinds: each has a server process of its own, and is told at both ends."""
import array
import os
import socket
import struct
import time

from traffic import receive

V4, V6 = socket.AF_INET, socket.AF_INET6
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s
MAPPED = "::ffff:127.0.0.1"
# Beyond a delayed acknowledgement, so that nothing is in flight when a reset goes.
SETTLED_SECONDS = 0.3
PIPE_BYTES = 65536


def abort(sock):
    time.sleep(SETTLED_SECONDS)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    sock.close()


def until_end(sock):
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass


def spliced(take, give, count):
    """Moves `count` bytes from one descriptor to another by a pipe; one of the two is a socket."""
    source, sink = os.pipe()
    while count > 0:
        moved = os.splice(take, sink, min(count, PIPE_BYTES))
        if moved == 0:
            raise SystemExit("nothing more to splice")
        count -= moved
        while moved > 0:
            moved -= os.splice(source, give, moved)
    os.close(source)
    os.close(sink)


class Situations:
    def __init__(self, traffic, big):
        self.traffic, self.big = traffic, big

    def all(self):
        size = os.stat(self.big).st_size
        for family in (V4, V6):
            self.hold("half-closed", self.half_close, self.answer_at_end, family=family)
            self.hold("data after shutdown", self.deaf, self.answer_late, family=family)
        self.hold("reset by the server", lambda s, put, get: (s.sendall(bytes(put)), until_end(s), s.close()),
                  lambda s, get, put: (receive(s, get), s.sendall(bytes(put)), abort(s)), failures=("reset", None))
        self.hold("closed unread", self.close_unread, lambda s, get, put: (receive(s, get), s.sendall(bytes(put)), until_end(s), s.close()),
                  failures=(None, "reset"))
        self.hold("mapped", family=V6, address=MAPPED, told="ipv4")
        self.hold("mapped at the server", family=V6, address="127.0.0.1", told="ipv4")
        self.hold("sendfile both ways", self.sendfile, self.sendfile_back, sizes=(size, size))
        self.hold("splice both ways", self.splice, self.splice_back, sizes=(size, size))
        self.hold("two descriptors", self.by_two_descriptors)
        self.served_by_program()
        self.accepted_for_another()
        self.connected_by_program()

    # A client's side gets (socket, bytes to send, bytes to receive), a server's (socket, bytes to receive, bytes to send).

    @staticmethod
    def ask(sock, put, get):
        sock.sendall(bytes(put))
        receive(sock, get)
        sock.close()

    @staticmethod
    def answer(sock, get, put):
        receive(sock, get)
        sock.sendall(bytes(put))
        until_end(sock)
        sock.close()

    @staticmethod
    def half_close(sock, put, get):
        sock.sendall(bytes(put))
        sock.shutdown(socket.SHUT_WR)
        receive(sock, get)
        until_end(sock)
        sock.close()

    @staticmethod
    def answer_at_end(sock, get, put):
        receive(sock, get)
        until_end(sock)
        for part in (put // 2, put - put // 2):
            sock.sendall(bytes(part))
        sock.close()

    @staticmethod
    def deaf(sock, put, get):
        sock.shutdown(socket.SHUT_RD)
        sock.sendall(bytes(put))
        # It hears all the same; only it is not kept waiting any more.
        while get > 0:
            got = len(sock.recv(65536))
            get -= got
            if got == 0:
                time.sleep(0.01)
        sock.close()

    @staticmethod
    def answer_late(sock, get, put):
        receive(sock, get)
        time.sleep(0.05)
        sock.sendall(bytes(put))
        until_end(sock)
        sock.close()

    @staticmethod
    def close_unread(sock, put, get):
        sock.sendall(bytes(put))
        while len(sock.recv(get, socket.MSG_PEEK)) < get:
            time.sleep(0.01)
        time.sleep(SETTLED_SECONDS)
        sock.close()

    def sendfile(self, sock, put, get):
        with open(self.big, "rb") as file:
            sock.sendfile(file)
        receive(sock, get)
        sock.close()

    def sendfile_back(self, sock, get, put):
        receive(sock, get)
        with open(self.big, "rb") as file:
            sock.sendfile(file)
        until_end(sock)
        sock.close()

    def splice(self, sock, put, get):
        with open(self.big, "rb") as file, open("/dev/null", "wb") as sink:
            spliced(file.fileno(), sock.fileno(), put)
            spliced(sock.fileno(), sink.fileno(), get)
        sock.close()

    def splice_back(self, sock, get, put):
        with open(self.big, "rb") as file, open("/dev/null", "wb") as sink:
            spliced(sock.fileno(), sink.fileno(), get)
            spliced(file.fileno(), sock.fileno(), put)
        until_end(sock)
        sock.close()

    @staticmethod
    def by_two_descriptors(sock, put, get):
        other = sock.dup()
        sock.sendall(bytes(put // 2))
        sock.close()
        other.sendall(bytes(put - put // 2))
        receive(other, get)
        other.close()

    def hold(self, kind, client=None, server=None, *, family=V4, address=None, told=None, sizes=None, failures=(None, None)):
        """One connection. `server` may give the process id of the one whose the accepted end is; `told` is the family in the record."""
        put, get = sizes or (next(self.traffic.primes), next(self.traffic.primes))
        client, server = client or self.ask, server or self.answer
        source, sink = os.pipe()
        pid = os.fork()
        if pid == 0:
            if address is None:
                listener = socket.create_server(("127.0.0.1" if family == V4 else "::1", 0), family=family)
            else:
                listener = socket.create_server(("::", 0), family=V6, dualstack_ipv6=True)
            os.write(sink, struct.pack("H", listener.getsockname()[1]))
            sock, _ = listener.accept()
            owner = server(sock, put, get)
            os.write(sink, struct.pack("i", owner if isinstance(owner, int) else os.getpid()))
            os._exit(0)
        os.close(sink)
        (there,) = struct.unpack("H", os.read(source, 2))
        sock = socket.socket(V4 if address == "127.0.0.1" else family)
        sock.connect((address or ("127.0.0.1" if family == V4 else "::1"), there))
        here = sock.getsockname()[1]
        mine = client(sock, put, get)
        owner = os.read(source, 4)
        os.close(source)
        if os.waitpid(pid, 0)[1] != 0 or len(owner) != 4:
            raise SystemExit(f"the server of {kind} failed")
        family = V4 if told == "ipv4" else family
        mine = mine if isinstance(mine, int) else os.getpid()
        self.traffic.expect(kind, family, "outgoing", here, there, put, get, mine, failures[0])
        self.traffic.expect(kind, family, "incoming", there, here, get, put, struct.unpack("i", owner)[0], failures[1])

    def served_by_program(self):
        """As inetd does it: fork, exec; the program sends back what it reads."""
        def serve(sock, get, put):
            pid = os.fork()
            if pid == 0:
                os.dup2(sock.fileno(), 0)
                os.dup2(sock.fileno(), 1)
                os.execvp("cat", ["cat"])
            sock.close()
            os.waitpid(pid, 0)
            return pid
        size = next(self.traffic.primes)
        self.hold("served by a program", self.half_close, serve, sizes=(size, size))

    def accepted_for_another(self):
        """The process that accepts hands the descriptor to one that was there before, and never uses it."""
        def serve(sock, get, put):
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            pid = os.fork()
            if pid == 0:
                sock.close()
                _, control, _, _ = here.recvmsg(1, socket.CMSG_SPACE(4))
                taken = array.array("i", control[0][2])[0]
                self.answer(socket.socket(fileno=taken), get, put)
                os._exit(0)
            there.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [sock.fileno()]))])
            sock.close()
            os.waitpid(pid, 0)
            return pid
        self.hold("accepted for another", None, serve)

    def connected_by_program(self):
        """A child connects and becomes a program that sends."""
        size = next(self.traffic.primes)
        source, sink = os.pipe()
        pid = os.fork()
        if pid == 0:
            listener = socket.create_server(("127.0.0.1", 0))
            os.write(sink, struct.pack("H", listener.getsockname()[1]))
            sock, peer = listener.accept()
            os.write(sink, struct.pack("H", peer[1]))
            receive(sock, size)
            until_end(sock)
            os._exit(0)
        (there,) = struct.unpack("H", os.read(source, 2))
        client = os.fork()
        if client == 0:
            sock = socket.create_connection(("127.0.0.1", there))
            os.dup2(sock.fileno(), 1)
            os.execvp("head", ["head", "-c", str(size), "/dev/zero"])
        (here,) = struct.unpack("H", os.read(source, 2))
        for child in (client, pid):
            if os.waitpid(child, 0)[1] != 0:
                raise SystemExit("a program that connects failed")
        self.traffic.expect("connected by a program", V4, "outgoing", here, there, size, 0, client)
        self.traffic.expect("connected by a program", V4, "incoming", there, here, 0, size, pid)
