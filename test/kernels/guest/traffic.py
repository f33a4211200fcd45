"""TCP connections between two processes in lock step, and what is right to say of each of their ends."""
import os
import socket
import struct
import time

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def primes():
    """Byte counts: a count that was added twice or cut at a boundary is no prime of this list."""
    n = 1009
    while True:
        if all(n % d for d in range(2, int(n**0.5) + 1)):
            yield n
        n += 2


def receive(sock, count):
    while count > 0:
        chunk = sock.recv(min(count, 65536))
        if not chunk:
            raise SystemExit("the other end closed early")
        count -= len(chunk)


class Server:
    """A process with listeners of its own. An order (listener, bytes to receive, bytes to send, how it ends) comes down a pipe."""

    ORDER = struct.Struct("<IIII")
    CLOSE, RESET, KEEP, RELEASE, END = range(5)

    def __init__(self, families, inherited=()):
        self.listeners = [socket.create_server((LOOPBACK[f], 0), family=f, backlog=128) for f in families]
        self.addresses = [s.getsockname() for s in self.listeners]
        self.down, self.up = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            # Held here too, the client's sockets would not end when the client closes them.
            for sock in inherited:
                sock.close()
            self._serve()
            os._exit(0)
        os.close(self.down[0])
        os.close(self.up[1])
        # Only the other process listens: a listener that two hold ends when both have closed it.
        for listener in self.listeners:
            listener.close()

    def order(self, *fields):
        os.write(self.down[1], self.ORDER.pack(*fields))

    def wait(self):
        if os.read(self.up[0], 1) != b"k":
            raise SystemExit("the server process failed")

    def end(self):
        # Not by closing the pipe: later servers have inherited it.
        self.order(0, 0, 0, self.END)
        os.waitpid(self.pid, 0)

    def _serve(self):
        os.close(self.down[1])
        kept = []
        while len(order := os.read(self.down[0], self.ORDER.size)) == self.ORDER.size:
            index, get, put, how = self.ORDER.unpack(order)
            if how == self.END:
                return
            if how == self.RELEASE:
                kept.clear()
            else:
                sock, _ = self.listeners[index].accept()
                receive(sock, get)
                sock.sendall(bytes(put))
                if how == self.KEEP:
                    kept.append(sock)
                else:
                    if how == self.RESET:
                        os.write(self.up[1], b"k")
                    try:
                        sock.recv(1)
                    except ConnectionResetError:
                        pass
                    sock.close()
            os.write(self.up[1], b"k")


class Traffic:
    """The client's side; collects the expected ends."""

    def __init__(self):
        self.ends = []
        self.primes = primes()

    def expect(self, kind, family, direction, local, remote, sent, received, pid, failure=None):
        self.ends.append({
            "kind": kind, "family": "ipv4" if family == socket.AF_INET else "ipv6", "direction": direction, "local": local,
            "remote": remote, "sent": sent, "received": received, "pid": pid, "failure": failure,
        })

    def connect(self, server, index):
        address = server.addresses[index]
        family = socket.AF_INET if len(address) == 2 else socket.AF_INET6
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.connect(address)
        return sock, family

    def exchange(self, server, index, kind, how=Server.CLOSE):
        """One connection; returns the client's socket when it is kept."""
        sent, received = next(self.primes), next(self.primes)
        server.order(index, sent, received, how)
        sock, family = self.connect(server, index)
        sock.sendall(bytes(sent))
        receive(sock, received)
        here, there = sock.getsockname()[1], sock.getpeername()[1]
        self.expect(kind, family, "outgoing", here, there, sent, received, os.getpid())
        self.expect(kind, family, "incoming", there, here, received, sent, server.pid, "reset" if how == Server.RESET else None)
        if how == Server.KEEP:
            server.wait()
            return sock
        if how == Server.RESET:
            server.wait()
            # Beyond a delayed acknowledgement, so that nothing is in flight when the reset goes.
            time.sleep(0.3)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        server.wait()
        return None

    def refused(self, family):
        """To a port that is taken, so that no other process gets it, but where nobody listens."""
        with socket.socket(family) as taken, socket.socket(family) as sock:
            taken.bind((LOOPBACK[family], 0))
            sock.bind((LOOPBACK[family], 0))
            here, there = sock.getsockname()[1], taken.getsockname()[1]
            try:
                sock.connect((LOOPBACK[family], there))
                raise SystemExit("a refused connection was accepted")
            except ConnectionRefusedError:
                self.expect("refused", family, "outgoing", here, there, 0, 0, os.getpid(), "refused")
