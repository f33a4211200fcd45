"""Who asks: getaddrinfo with a resolv.conf of its own, and sockets of its own. Each in a process of its own; what does not come as it should ends it."""
import json
import os
import socket
import struct
import subprocess

from dns_server import DNS_PORT, NOERROR, NXDOMAIN, SITE_BYTES, SITE_PORT, TRUNCATED, V4, V6
from veth import CLONE_NEWNS, unshare

# s. An emulated machine with other work is slow; who is not answered waits so long for nothing.
PATIENCE, IMPATIENCE = 10, 1
NAME = "dns-asker"
NUMBERS = {V4: 1, V6: 28}


def query(identity, name, number):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", identity, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, number, 1)


def expect(what, found, right):
    if found != right:
        raise SystemExit(f"{what}: {found} instead of {right}")


class Raw:
    """Asks by sockets of its own."""

    def __init__(self, family, server, label):
        self.family, self.server, self.label, self.next = family, (server, DNS_PORT), label, 1000

    def ask(self, sock, kind, family=V4):
        self.next += 1
        message = query(self.next, f"{kind}.{self.label}.ct.test", NUMBERS[family])
        sock.sendall(message if sock.type == socket.SOCK_DGRAM else struct.pack("!H", len(message)) + message)

    def answer(self, sock, code, truncated=False):
        if sock.type == socket.SOCK_STREAM:
            (size,) = struct.unpack("!H", sock.recv(2, socket.MSG_WAITALL))
            message = sock.recv(size, socket.MSG_WAITALL)
        else:
            message = sock.recv(65536)
        identity, flags = struct.unpack_from("!HH", message)
        expect(self.label, (identity, flags & 15, bool(flags & TRUNCATED)), (self.next, code, truncated))

    def connected(self, kind):
        sock = socket.socket(self.family, kind)
        sock.settimeout(PATIENCE)
        sock.connect(self.server)
        return sock

    def run(self):
        with self.connected(socket.SOCK_DGRAM) as sock:
            for kind, family, code in (("web", V4, NOERROR), ("web", V6, NOERROR), ("missing", V4, NXDOMAIN)):
                self.ask(sock, kind, family)
                self.answer(sock, code)
            self.ask(sock, "big")
            self.answer(sock, NOERROR, truncated=True)
        with self.connected(socket.SOCK_STREAM) as sock:
            for kind, code in (("big", NOERROR), ("again", NOERROR)):
                self.ask(sock, kind)
                self.answer(sock, code)
        with self.connected(socket.SOCK_DGRAM) as sock:
            sock.settimeout(IMPATIENCE)
            self.ask(sock, "silent")
            try:
                raise SystemExit(f"{self.label}: an answer {sock.recv(65536)}")
            except TimeoutError:
                return []


class Library:
    """Asks by getaddrinfo, as most programs do; and connects to what it was told."""

    def __init__(self, family, server, label):
        self.family, self.server, self.label = family, server, label

    def name(self, kind):
        return f"{kind}.{self.label}.ct.test"

    def ask(self, kind, family):
        """Addresses; without the dot at its end the name would be looked for in other domains, too."""
        return socket.getaddrinfo(f"{self.name(kind)}.", SITE_PORT, family, socket.SOCK_STREAM)

    def fails(self, kind, error):
        try:
            raise SystemExit(f"{self.label}: {self.ask(kind, V4)}")
        except socket.gaierror as failure:
            expect(f"{self.label}, {kind}", failure.errno, error)

    def use(self, seconds):
        """For the next questions: a process reads the file anew when it has changed."""
        path = f"/tmp/resolv-{self.label}-{seconds}"
        with open(path, "w") as file:
            file.write(f"nameserver {self.server}\noptions timeout:{seconds} attempts:2\n")
        subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)

    def run(self):
        unshare(CLONE_NEWNS)
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        self.use(PATIENCE)
        expect(self.label, len(self.ask("web", socket.AF_UNSPEC)), 2)
        self.fails("missing", socket.EAI_NONAME)
        # Truncated, so that the library asks again over TCP.
        expect(self.label, len(self.ask("big", V4)), 40)
        connections = [self.visit("site", family) for family in (V4, V6)]
        self.use(IMPATIENCE)
        self.fails("silent", socket.EAI_AGAIN)
        return connections

    def visit(self, kind, family):
        address = self.ask(kind, family)[0][4]
        with socket.socket(family) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(address)
            sock.sendall(bytes(SITE_BYTES))
            expect(self.label, len(sock.recv(SITE_BYTES, socket.MSG_WAITALL)), SITE_BYTES)
            return {"name": self.name(kind), "address": address[0], "local": sock.getsockname()[1], "remote": SITE_PORT, "pid": os.getpid()}


class Asker:
    """A process; `label` is in all names that it asks for."""

    def __init__(self, how, family, server, label):
        self.label = label
        source, sink = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            with open("/proc/self/comm", "w") as comm:
                comm.write(NAME)
            connections = how(family, server, label).run()
            os.write(sink, json.dumps(connections).encode())
            os._exit(0)
        os.close(sink)
        self.source = source

    def wait(self):
        """The connections that it made."""
        with os.fdopen(self.source) as text:
            told = text.read()
        if os.waitpid(self.pid, 0)[1] != 0:
            raise SystemExit(f"the asker {self.label} failed")
        return json.loads(told)
