"""
UDP where one call is not one datagram, or not between the two that it seems to be; and what is right to say of each socket's conversations.
"""
import array
import ctypes
import errno
import fcntl
import os
import socket
import struct
import subprocess
import tempfile
import time

V4, V6 = socket.AF_INET, socket.AF_INET6
LOOPBACK = {V4: "127.0.0.1", V6: "::1"}
CORK, SEGMENT, GRO = 1, 103, 104  # include/uapi/linux/udp.h
IP_RECVERR, IPV6_RECVERR = 11, 25
# The tracer's time-out of a conversation; a pass that marks it, and one that tells it, take a second each.
IDLE_SECONDS, PASSES_SECONDS = 10, 4
libc = ctypes.CDLL(None, use_errno=True)


def port(sock):
    return sock.getsockname()[1]


def udp(family=V4, address=None):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.bind((address or LOOPBACK[family], 0))
    return sock


def pair(family=V4):
    server, client = udp(family), udp(family)
    client.connect(server.getsockname()[:2])
    return server, client


def dead(family=V4, address=None):
    """A port where nobody listens."""
    with udp(family, address) as sock:
        return port(sock)


def fails(number, call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        if error.errno == number:
            return
        raise
    raise SystemExit(f"no error {errno.errorcode[number]}")


def message_of(data, control=b"", name=b""):
    """The words of one struct mmsghdr, and what they point to; an empty part is NULL."""
    parts = [(ctypes.create_string_buffer(part, len(part)), len(part)) if part else (None, 0) for part in (name, data, control)]
    (to, to_length), (bytes_at, length), (controls, controls_length) = [(ctypes.addressof(part) if part else 0, size) for part, size in parts]
    vector = (ctypes.c_size_t * 2)(bytes_at, length)
    return (to, to_length, ctypes.addressof(vector), 1, controls, controls_length, 0, 0), (parts, vector)


def many(call, sock, messages, flags=0):
    made = [message_of(*each) for each in messages]
    words = (ctypes.c_size_t * (8 * len(made)))(*(word for each, _ in made for word in each))
    arguments = (None,) if call == "recvmmsg" else ()
    done = getattr(libc, call)(sock.fileno(), words, len(made), flags, *arguments)
    if done != len(made):
        raise SystemExit(f"{call}: {done} of {len(made)}, {os.strerror(ctypes.get_errno())}")


def sockaddr(family, address, at):
    packed = socket.inet_pton(family, address)
    if family == V4:
        return struct.pack("=HH4s8x", family, socket.htons(at), packed)
    return struct.pack("=HHI16sI", family, socket.htons(at), 0, packed, 0)


class Calls:
    """`expected`: for each socket, by its port, the conversations that are told of it, in no order; of each, what is to be looked at."""

    def __init__(self):
        self.expected = []
        self.kept = []

    def told(self, what, sock, *conversations):
        self.expected.append({"what": what, "local": port(sock), "told": list(conversations)})

    def sent(self, what, sock, *counts):
        self.told(what, sock, {"sent": list(counts)})

    def received(self, what, sock, *counts):
        self.told(what, sock, {"received": list(counts)})

    def truncated(self):
        s = [pair() for _ in range(5)]
        for _, client in s:
            client.send(bytes(1000))
        assert s[0][0].recv_into(bytearray(10), 10, socket.MSG_TRUNC) == 1000
        assert s[1][0].recvmsg_into([bytearray(7), bytearray(5)], 0, socket.MSG_TRUNC)[0] == 1000
        s[2][0].recvmsg_into([bytearray(4)])
        many("recvmmsg", s[3][0], [(bytes(10),)], socket.MSG_TRUNC)
        s[4][0].recv(2000, socket.MSG_PEEK)
        s[4][0].recv(2000)
        for (server, _), what, size in zip(s, ("MSG_TRUNC", "MSG_TRUNC, vectors", "cut", "MSG_TRUNC of many", "peeked, then received"), (10, 12, 4, None, 1000)):
            self.received(what, server, size, 1)

    def corked(self):
        for family in (V4, V6):
            for steps, size, count in (
                ([-10, -10, 10], 30, 1),
                (["on", 10, 11, "off"] * 3, 63, 3),
                ([-10, 0], 10, 1),
                (["on", 10, "off", 20, "on", 30, "off", "on", 40, "off"], 100, 4),
                ([5, "on", 10], 15, 1),
            ):
                _, client = pair(family)
                for step in steps:
                    if isinstance(step, str):
                        client.setsockopt(socket.IPPROTO_UDP, CORK, step == "on")
                    elif step < 0:
                        client.send(bytes(-step), socket.MSG_MORE)
                    else:
                        client.send(bytes(step))
                self.sent(f"cork {steps}", client, size, count)
                client.close()

    def segmented(self):
        segment = lambda size: (socket.IPPROTO_UDP, SEGMENT, struct.pack("H", size))
        tos = (socket.IPPROTO_IP, socket.IP_TOS, struct.pack("i", 8))
        (_, option), (_, call), (_, beside), (_, corked), (_, plain) = pairs = [pair() for _ in range(5)]
        option.setsockopt(socket.IPPROTO_UDP, SEGMENT, 100)
        option.send(bytes(950))
        call.sendmsg([bytes(950)], [segment(100)])
        call.sendmsg([bytes(10)])
        beside.sendmsg([bytes(500), bytes(500)], [tos, segment(300)])
        corked.setsockopt(socket.IPPROTO_UDP, SEGMENT, 100)
        corked.send(bytes(150), socket.MSG_MORE)
        corked.send(bytes(100))
        plain.sendmsg([bytes(1400)], [tos])
        for (_, client), what, *counts in zip(pairs, ("UDP_SEGMENT", "UDP_SEGMENT of a call", "beside another control message", "UDP_SEGMENT corked", "another control message"), (950, 960, 1000, 250, 1400), (10, 11, 4, 3, 1)):
            self.sent(what, client, *counts)
        server, client = pair()
        server.setsockopt(socket.IPPROTO_UDP, GRO, 1)
        many("sendmmsg", client, [(bytes(1000), struct.pack("QiiH6x", 18, socket.IPPROTO_UDP, SEGMENT, 100))])
        got = 0
        while got < 1000:
            got += len(server.recv(2000))
        self.sent("segments in a call of many", client, 1000, None)
        self.received("UDP_GRO", server, 1000, None)

    def peers(self):
        """Of unconnected sockets: one conversation each."""
        for family in (V4, V6):
            a, b, c = (udp(family) for _ in range(3))
            many("sendmmsg", c, [(bytes(size), b"", sockaddr(family, LOOPBACK[family], port(to))) for size, to in ((11, a), (12, b), (13, a))])
            for server, count in ((a, 2), (b, 1)):
                many("recvmmsg", server, [(bytes(100), b"", bytes(28))] * count)
            self.told("sendmmsg to two", c, {"sent": [24, 2], "received": [0, 0]}, {"sent": [12, 1], "received": [0, 0]})
            self.told("recvmmsg", a, {"sent": [0, 0], "received": [24, 2], "remote": port(c)})
        six, four = udp(V6, "::"), udp()
        six.sendto(bytes(5), ("::ffff:127.0.0.1", port(four)))
        _, at = four.recvfrom(9)
        four.sendto(bytes(6), at)
        six.recvfrom(9)
        self.told("IPv4-mapped", six, {"sent": [5, 1], "received": [6, 1], "remote": port(four), "address": "127.0.0.1"})
        any4, here = udp(V4, "0.0.0.0"), udp()
        any4.sendto(bytes(3), ("0.0.0.0", port(here)))
        self.told("to the wildcard", any4, {"sent": [3, 1], "address": "127.0.0.1"})
        waits, a, b = udp(), udp(), udp()
        a.sendto(bytes(6), waits.getsockname())
        waits.connect(b.getsockname())
        waits.recv(9)
        self.told("waited since before connect", waits, {"received": [6, 1], "remote": None})
        peeks, a = udp(), udp()
        a.sendto(bytes(7), peeks.getsockname())
        peeks.recvfrom(9, socket.MSG_PEEK)
        peeks.recv(9)
        # Which peer it was, only the peek was told.
        self.told("peeked with an address, received without", peeks, {"received": [7, 1], "remote": None})

    def files(self):
        with tempfile.TemporaryFile() as file:
            file.write(bytes(9000))
            file.flush()
            for family in (V4, V6):
                server, client = pair(family)
                assert os.sendfile(client.fileno(), file.fileno(), 0, 1000) == 1000
                client.send(bytes(10))
                assert (len(server.recv(9999)), len(server.recv(9999))) == (1000, 10)
                self.sent("sendfile", client, 1010, 2)
            # A device that takes no pages (ETHTOOL_SSG off): the kernel makes sends of them.
            subprocess.run("ip link add pages type veth peer name pages1; ip addr add 10.99.0.1/24 dev pages; ip link set pages up; ip link set pages1 up; "
                           "ip neigh replace 10.99.0.2 lladdr 02:00:00:00:00:02 dev pages", shell=True, check=True)
            off = array.array("I", [0x19, 0])
            with socket.socket(V4, socket.SOCK_DGRAM) as control:
                fcntl.ioctl(control, 0x8946, struct.pack("16sQ16x", b"pages", off.buffer_info()[0]))  # SIOCETHTOOL
            client = socket.socket(V4, socket.SOCK_DGRAM)
            client.connect(("10.99.0.2", 9))
            assert os.sendfile(client.fileno(), file.fileno(), 0, 1000) == 1000
            assert os.sendfile(client.fileno(), file.fileno(), 0, 1001) == 1001
            client.send(bytes(10))
            self.sent("sendfile to a device without pages", client, 2011, 3)

    def scoped(self):
        """One link-local address on two links is two peers."""
        subprocess.run("for i in 0 1; do ip link add near$i type veth peer name far$i; ip link set near$i up; ip link set far$i up; "
                       "ip -6 addr add fe80::77/64 dev far$i nodad; ip -6 addr add fe80::$i:1/64 dev near$i nodad; done", shell=True, check=True)
        near = [socket.if_nametoindex(f"near{i}") for i in (0, 1)]
        sender, connected = udp(V6, "::"), udp(V6, "::")
        sender.sendto(bytes(10), ("fe80::77", 9, 0, near[0]))
        sender.sendto(bytes(20), ("fe80::77", 9, 0, near[1]))
        connected.connect(("fe80::77", 9, 0, near[1]))
        connected.send(bytes(30))
        self.told("link-local", sender, {"sent": [10, 1], "scope": near[0]}, {"sent": [20, 1], "scope": near[1]})
        self.told("link-local, connected", connected, {"sent": [30, 1], "scope": near[1]})

    def refused(self):
        for family, address, option in ((V4, None, (socket.IPPROTO_IP, IP_RECVERR)), (V6, None, (socket.IPPROTO_IPV6, IPV6_RECVERR)), (V6, "::ffff:127.0.0.1", (socket.IPPROTO_IP, IP_RECVERR))):
            gone, other, sock = dead(family, address), udp(family, address), udp(family, address)
            sock.setsockopt(*option, 1)
            to = address or LOOPBACK[family]
            sock.sendto(bytes(5), (to, gone))
            fails(errno.ECONNREFUSED, sock.sendto, bytes(1), (to, port(other)))
            sock.sendto(bytes(6), (to, port(other)))
            self.told("refused by one of two", sock, {"sent": [5, 1], "failure": "refused", "remote": gone}, {"sent": [6, 1], "failure": None, "remote": port(other)})
        taken, queued, connected, answered = (udp() for _ in range(4))
        taken.connect(("127.0.0.1", dead()))
        taken.send(bytes(1))
        assert taken.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
        queued.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        queued.sendto(bytes(2), ("127.0.0.1", dead()))
        queued.recvmsg(9, 200, socket.MSG_ERRQUEUE)
        connected.connect(("127.0.0.1", dead()))
        connected.send(bytes(3))
        fails(errno.ECONNREFUSED, connected.recv, 1)
        for what, sock, size in (("SO_ERROR", taken, 1), ("MSG_ERRQUEUE", queued, 2), ("refused receive", connected, 3)):
            self.told(what, sock, {"sent": [size, 1], "failure": "refused"})
        late = dead()
        answered.connect(("127.0.0.1", late))
        answered.send(bytes(1))
        fails(errno.ECONNREFUSED, answered.recv, 1)
        with socket.socket(V4, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", late))
            answered.send(bytes(3))
            server.sendto(bytes(6), server.recvfrom(9)[1])
            answered.recv(9)
        self.told("an answer after a refusal", answered, {"sent": [4, 2], "received": [6, 1], "failure": None})
        nowhere = udp(V4, "0.0.0.0")
        fails(errno.ENETUNREACH, nowhere.sendto, bytes(22), ("192.0.2.1", 9))
        self.told("no route", nowhere, {"sent": [0, 0], "failure": "network_unreachable", "address": "192.0.2.1"})

    def idle(self):
        """Still open when the tracer ends: of the first peer of a socket, and of a further one."""
        a, b, sock = udp(), udp(), udp()
        sock.sendto(bytes(3), a.getsockname())
        sock.sendto(bytes(4), b.getsockname())
        self.kept += [a, b, sock]
        self.since = time.monotonic()
        self.told("idle", sock, {"sent": [3, 1], "remote": port(a)}, {"sent": [4, 1], "remote": port(b)})

    def wait(self):
        """Until what is idle has been for long enough."""
        time.sleep(max(0, self.since + IDLE_SECONDS + PASSES_SECONDS - time.monotonic()))

    def run(self):
        for each in (self.truncated, self.corked, self.segmented, self.peers, self.files, self.scoped, self.refused, self.idle):
            each()
