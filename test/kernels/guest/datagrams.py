"""UDP of many kinds, and what is right to say of each of its ends; sizes in bytes, packets are datagrams."""
import ctypes
import os
import socket

V4, V6 = socket.AF_INET, socket.AF_INET6
UDP_SEGMENT = 103
LOOPBACK = {V4: "127.0.0.1", V6: "::1"}
# Beyond the default receive buffer nothing is sent at once.
GREATEST = 60000
MOST = 65536


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class MsgHdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(IoVec)), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int)]


class MmsgHdr(ctypes.Structure):
    _fields_ = [("header", MsgHdr), ("sent", ctypes.c_uint32)]


def sendmmsg(sock, sizes):
    vectors = [IoVec(bytes(size), size) for size in sizes]
    headers = (MmsgHdr * len(sizes))(*[MmsgHdr(MsgHdr(iov=ctypes.pointer(vector), iovlen=1)) for vector in vectors])
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.sendmmsg(sock.fileno(), headers, len(sizes), 0) != len(sizes):
        raise OSError(ctypes.get_errno(), "sendmmsg")


def bound(family=V4):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.bind((LOOPBACK[family], 0))
    return sock


def port(sock):
    return sock.getsockname()[1]


class Datagrams:
    def __init__(self):
        self.ends = []

    def expect(self, kind, a, b, sent, received, packets=(1, 1)):
        """Both ends of one conversation; all as socket `a` has it."""
        self.expect_end(kind, port(a), port(b), sent, received, *packets)
        self.expect_end(kind, port(b), port(a), received, sent, *reversed(packets))

    def expect_end(self, kind, local, remote, sent, received, sent_packets, received_packets):
        self.ends.append({"kind": kind, "local": local, "remote": remote, "sent": sent, "received": received, "sent_packets": sent_packets,
                          "received_packets": received_packets, "pid": os.getpid()})

    def all(self):
        for index in range(20):
            self.exchange("connected" if index % 2 else "unconnected", 101 + index, connect=index % 2 == 1)
        for index in range(4):
            self.exchange("IPv6", 141 + index, family=V6, connect=index % 2 == 1)
        self.exchange("large", GREATEST)
        self.exchange("large, IPv6", GREATEST - 1000, family=V6, connect=True)
        self.exchange("empty", 0, 0)
        self.exchange("empty, connected", 0, 0, connect=True)
        self.many_peers()
        self.mapped()
        self.at_once()
        self.segmented()
        self.looked_at_first()
        self.not_asked()

    def exchange(self, kind, size, back=None, family=V4, connect=False):
        back = size + 1 if back is None else back
        with bound(family) as a, bound(family) as b:
            if connect:
                a.connect(b.getsockname())
                b.connect(a.getsockname())
                a.send(bytes(size))
                b.recvfrom(MOST)
                b.send(bytes(back))
                # It has spoken with its peer already.
                a.recv(MOST)
            else:
                a.sendto(bytes(size), b.getsockname())
                b.recvfrom(MOST)
                b.sendto(bytes(back), a.getsockname())
                a.recvfrom(MOST)
            self.expect(kind, a, b, size, back)

    def many_peers(self):
        """One socket with five, in turns."""
        with bound() as server:
            clients = [bound() for _ in range(5)]
            for turn in range(3):
                for index, client in enumerate(clients):
                    client.sendto(bytes(31 + index), server.getsockname())
            for _ in range(15):
                data, peer = server.recvfrom(MOST)
                server.sendto(bytes(2 * len(data)), peer)
            for index, client in enumerate(clients):
                for _ in range(3):
                    client.recvfrom(MOST)
                self.expect("many peers", client, server, 3 * (31 + index), 6 * (31 + index), (3, 3))
                client.close()

    def mapped(self):
        with socket.socket(V6, socket.SOCK_DGRAM) as a, bound() as b:
            a.bind(("::ffff:127.0.0.1", 0))
            a.sendto(bytes(211), ("::ffff:127.0.0.1", port(b)))
            _, peer = b.recvfrom(MOST)
            b.sendto(bytes(223), peer)
            a.recvfrom(MOST)
            self.expect("mapped", a, b, 211, 223)

    def at_once(self):
        sizes = (17, 19, 23, 29, 31)
        with bound() as a, bound() as b:
            a.connect(b.getsockname())
            sendmmsg(a, sizes)
            for _ in sizes:
                b.recvfrom(MOST)
            self.expect("sendmmsg", a, b, sum(sizes), 0, (len(sizes), 0))

    def segmented(self):
        """One call of 2,600 bytes that leaves as six datagrams."""
        with bound() as a, bound() as b:
            a.connect(b.getsockname())
            a.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 500)
            a.send(bytes(2600))
            if sum(len(b.recvfrom(MOST)[0]) for _ in range(6)) != 2600:
                raise SystemExit("the datagrams of one call are not whole")
            self.expect("GSO", a, b, 2600, 0, (6, 0))

    def looked_at_first(self):
        with bound() as a, bound() as b:
            a.sendto(bytes(37), b.getsockname())
            b.recvfrom(MOST, socket.MSG_PEEK)
            b.recvfrom(MOST)
            self.expect("looked at first", a, b, 37, 0, (1, 0))

    def not_asked(self):
        """A receive that does not ask who sent: what came before the connect may be anybody's, so there the peer is not told."""
        with bound() as a, bound() as b:
            a.sendto(bytes(41), b.getsockname())
            b.recv(MOST)
            self.expect_end("not asked", port(a), port(b), 41, 0, 1, 0)
            self.expect_end("not asked", port(b), None, 0, 41, 0, 1)


def contended(pairs, exchanges):
    """Many UDP exchanges at once on one CPU, so that a task is preempted within a hook; the ends, sizes per datagram."""
    ends, children = [], []
    for pair in range(pairs):
        a, b = (socket.socket(V4, socket.SOCK_DGRAM) for _ in range(2))
        a.bind(("127.0.0.1", 0))
        b.bind(("127.0.0.1", 0))
        a.connect(b.getsockname())
        b.connect(a.getsockname())
        here, there, size = port(a), port(b), 201 + 2 * pair
        ends += [{"local": here, "remote": there, "sent": size, "received": size + 1, "exchanges": exchanges},
                 {"local": there, "remote": here, "sent": size + 1, "received": size, "exchanges": exchanges}]
        for first, own, other in ((True, a, b), (False, b, a)):
            child = os.fork()
            if child == 0:
                os.sched_setaffinity(0, {0})
                other.close()
                for _ in range(exchanges):
                    if first:
                        own.send(bytes(size))
                    own.recvfrom(2048)
                    if not first:
                        own.send(bytes(size + 1))
                own.close()
                os._exit(0)
            children.append(child)
        a.close()
        b.close()
    for child in children:
        if os.waitpid(child, 0)[1] != 0:
            raise SystemExit("an exchange of datagrams failed")
    return ends
