"""A small DNS server with a list of what it was asked, and a server of TCP beside it, to which its answers lead."""
import json
import os
import selectors
import socket
import struct

V4, V6 = socket.AF_INET, socket.AF_INET6
DNS_PORT, SITE_PORT = 53, 8053
TYPES = {1: "A", 28: "AAAA"}
NOERROR, NXDOMAIN = 0, 3
RESPONSE, AUTHORITATIVE, TRUNCATED = 0x8000, 0x0400, 0x0200
TTL = 300
# More addresses than a datagram of 512 bytes has room for.
MANY = 40
SITE_BYTES = 4
NAME = "dns-server"


def question_of(message):
    """Id, the question as it came, its name in lower case, its type as a number."""
    (identity,) = struct.unpack_from("!H", message)
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode())
        at += 1 + message[at]
    (number,) = struct.unpack_from("!H", message, at + 1)
    return identity, message[12 : at + 5], ".".join(labels).lower(), number


def address_of(family, place, index):
    """Of a name: the server's own; further ones where nobody is."""
    if index == 0:
        return socket.inet_pton(family, place["site"][0 if family == V4 else 1])
    return socket.inet_pton(V4, f"192.0.2.{index}") if family == V4 else socket.inet_pton(V6, f"2001:db8::{index:x}")


def respond(message, transport, place):
    """The answer as bytes, None where there is to be none; and what is right to say of it."""
    identity, question, name, number = question_of(message)
    told = {"id": identity, "name": name, "type": TYPES[number], "rcode": "noerror", "truncated": False, "answers": 1}
    kind = name.split(".")[0]
    if kind == "silent":
        return None, {**told, "rcode": None, "truncated": None, "answers": None}
    code, flags = NOERROR, RESPONSE | AUTHORITATIVE
    if kind == "missing":
        code = NXDOMAIN
        told |= {"rcode": "nxdomain", "answers": 0}
    elif kind == "big":
        told["answers"] = MANY
        if transport == "udp":
            flags |= TRUNCATED
            told |= {"truncated": True, "answers": 0}
    family = V4 if number == 1 else V6
    addresses = [address_of(family, place, index) for index in range(told["answers"])]
    records = b"".join(struct.pack("!HHHIH", 0xC00C, number, 1, TTL, len(address)) + address for address in addresses)
    return struct.pack("!HHHHHH", identity, flags | code, 1, len(addresses), 0, 0) + question + records, told


class DnsServer:
    """Serves in a process of its own, in the namespace of the process that makes it. `places`: of each its addresses (IPv4, IPv6), and its site's."""

    def __init__(self, places):
        self.places = places
        self.asked = []
        self.down, self.up = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.down[1])
            with open("/proc/self/comm", "w") as comm:
                comm.write(NAME)
            self._serve()
            os._exit(0)
        os.close(self.down[0])
        os.close(self.up[1])
        if os.read(self.up[0], 1) != b"u":
            raise SystemExit("the DNS server does not start")

    def end(self):
        """What it was asked, in its order, as JSON: each message is one entry."""
        os.write(self.down[1], b"e")
        with os.fdopen(self.up[0]) as text:
            asked = text.read()
        os.waitpid(self.pid, 0)
        return asked

    def _serve(self):
        self.selector = selectors.DefaultSelector()
        for place in self.places:
            for family, address, site in zip((V4, V6), place["server"], place["site"]):
                datagrams = socket.socket(family, socket.SOCK_DGRAM)
                datagrams.bind((address, DNS_PORT))
                self._watch(datagrams, self._datagram)
                self._watch(socket.create_server((address, DNS_PORT), family=family), self._accept)
                self._watch(socket.create_server((site, SITE_PORT), family=family), self._visit)
        os.write(self.up[1], b"u")
        self.selector.register(self.down[0], selectors.EVENT_READ, None)
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    os.write(self.up[1], json.dumps(self.asked).encode())
                    return
                key.data(key.fileobj)

    def _watch(self, sock, handler):
        self.selector.register(sock, selectors.EVENT_READ, handler)

    def _answer(self, sock, message, transport, peer):
        server = sock.getsockname()
        answer, told = respond(message, transport, next(place for place in self.places if server[0] in place["server"]))
        family = "ipv4" if sock.family == V4 else "ipv6"
        self.asked.append({**told, "transport": transport, "family": family, "server": server[0], "client": list(peer[:2])})
        return answer

    def _datagram(self, sock):
        message, peer = sock.recvfrom(65536)
        answer = self._answer(sock, message, "udp", peer)
        if answer is not None:
            sock.sendto(answer, peer)

    def _accept(self, listener):
        sock, _ = listener.accept()
        self._watch(sock, self._stream)

    def _stream(self, sock):
        size = sock.recv(2, socket.MSG_WAITALL)
        if len(size) < 2:
            self.selector.unregister(sock)
            sock.close()
            return
        message = sock.recv(struct.unpack("!H", size)[0], socket.MSG_WAITALL)
        answer = self._answer(sock, message, "tcp", sock.getpeername())
        if answer is not None:
            sock.sendall(struct.pack("!H", len(answer)) + answer)

    @staticmethod
    def _visit(listener):
        sock, _ = listener.accept()
        sock.sendall(sock.recv(SITE_BYTES, socket.MSG_WAITALL))
        sock.recv(1)
        sock.close()
