"""Many connections between two network namespaces, over a veth pair whose packets go to either CPU (RPS): hooks then interrupt one another."""
import ctypes
import os
import socket
import struct
import subprocess

from traffic import receive

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
HERE, THERE = "10.77.0.1", "10.77.0.2"
EITHER_CPU = "3"
NEAR, FAR = "ct-near", "ct-far"
LANES = 4
# here, there, sent, received
END = struct.Struct("<HHII")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def steer(device):
    with open(f"/sys/class/net/{device}/queues/rx-0/rps_cpus", "w") as file:
        file.write(EITHER_CPU)


def unshare(flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")


def enter_new_namespace():
    unshare(CLONE_NEWNET | CLONE_NEWNS)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    # The devices that sysfs shows are those of the namespace it was mounted in.
    subprocess.run(["mount", "-t", "sysfs", "sys", "/sys"], check=True)


class Veth:
    """The other namespace, held by a process; servers are its children."""

    def __init__(self):
        self.down, self.up = os.pipe(), os.pipe()
        self.holder = os.fork()
        if self.holder == 0:
            os.close(self.down[1])
            enter_new_namespace()
            os.write(self.up[1], b"n")
            os.read(self.down[0], 1)
            ip("link", "set", "lo", "up")
            ip("address", "add", f"{THERE}/24", "dev", FAR)
            ip("link", "set", FAR, "up")
            steer(FAR)
            os.write(self.up[1], b"u")
            self._serve()
            os._exit(0)
        os.read(self.up[0], 1)
        ip("link", "add", NEAR, "type", "veth", "peer", "name", FAR)
        ip("link", "set", FAR, "netns", str(self.holder))
        ip("address", "add", f"{HERE}/24", "dev", NEAR)
        ip("link", "set", NEAR, "up")
        steer(NEAR)
        os.write(self.down[1], b"a")
        os.read(self.up[0], 1)

    def _serve(self):
        """Each order: how many connections each of the lanes is to accept."""
        while len(order := os.read(self.down[0], 4)) == 4:
            (count,) = struct.unpack("I", order)
            children = []
            for _ in range(LANES):
                listener = socket.create_server((THERE, 0), backlog=64)
                child = os.fork()
                if child == 0:
                    self._accept(listener, count)
                    os._exit(0)
                children.append(child)
                os.write(self.up[1], struct.pack("Hi", listener.getsockname()[1], child))
                listener.close()
            failed = sum(os.waitpid(child, 0)[1] != 0 for child in children)
            os.write(self.up[1], struct.pack("I", failed))

    @staticmethod
    def _accept(listener, count):
        for index in range(count):
            sock, _ = listener.accept()
            put, get = struct.unpack("II", sock.recv(8, socket.MSG_WAITALL))
            receive(sock, get - 8)
            sock.sendall(bytes(put))
            # Every other one is closed by the client first.
            if index % 2:
                sock.recv(1)
            sock.close()

    @staticmethod
    def _connect(port, count, lane, path):
        with open(path, "wb") as told:
            for index in range(count):
                put, get = 11 + 2 * lane + 8 * (index % 512), 13 + 2 * lane + 8 * (index % 509)
                sock = socket.create_connection((THERE, port))
                sock.sendall(struct.pack("II", get, put) + bytes(put - 8))
                receive(sock, get)
                if not index % 2:
                    sock.recv(1)
                told.write(END.pack(sock.getsockname()[1], port, put, get))
                sock.close()

    def exchange(self, total):
        """That many connections, in lanes at once; what is right of both ends of each, and the servers' ports."""
        count = total // LANES
        os.write(self.down[1], struct.pack("I", count))
        servers = [struct.unpack("Hi", os.read(self.up[0], 8)) for _ in range(LANES)]
        clients = []
        for lane, (port, _) in enumerate(servers):
            child = os.fork()
            if child == 0:
                self._connect(port, count, lane, f"/tmp/lane-{lane}")
                os._exit(0)
            clients.append(child)
        failed = sum(os.waitpid(child, 0)[1] != 0 for child in clients) + struct.unpack("I", os.read(self.up[0], 4))[0]
        if failed:
            raise SystemExit(f"{failed} lanes failed")
        ends = []
        for lane, (client, (_, server)) in enumerate(zip(clients, servers)):
            with open(f"/tmp/lane-{lane}", "rb") as told:
                for here, there, sent, received in END.iter_unpack(told.read()):
                    ends.append(["outgoing", here, there, sent, received, client])
                    ends.append(["incoming", there, here, received, sent, server])
        return {"ports": [port for port, _ in servers], "ends": ends}

    def close(self):
        os.close(self.down[1])
        os.waitpid(self.holder, 0)
