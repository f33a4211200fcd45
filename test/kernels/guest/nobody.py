"""Connects that nobody answers: one runs into its time limit, one into a host that is not there. Both take three seconds, beside other traffic."""
import errno
import os
import socket
import subprocess
import time

DEVICE, OTHER = "ct-none0", "ct-none1"
SILENT, ABSENT, PORT = "10.78.0.7", "10.78.0.8", 4242
TCP_SYNCNT = 7
TCP_CLOSE = 7  # include/net/tcp_states.h


class Nobody:
    def __init__(self):
        # The other end is up, so that frames leave; nobody there has an address.
        for command in (f"link add {DEVICE} type veth peer name {OTHER}", f"link set {OTHER} up", f"link set {DEVICE} up",
                        f"address add 10.78.0.1/24 dev {DEVICE}", f"neigh replace {SILENT} lladdr 02:00:00:00:00:07 dev {DEVICE}"):
            subprocess.run(["ip", *command.split()], check=True)
        self.going = []

    def begin(self):
        # That an address is nobody's shows after three seconds, before the second one gives up.
        for address, tries, failure, error in ((SILENT, 1, "timeout", errno.ETIMEDOUT), (ABSENT, 3, "host_unreachable", errno.EHOSTUNREACH)):
            sock = socket.socket()
            sock.setsockopt(socket.IPPROTO_TCP, TCP_SYNCNT, tries)
            sock.setblocking(False)
            if sock.connect_ex((address, PORT)) != errno.EINPROGRESS:
                raise SystemExit(f"the connect to {address} does not wait")
            self.going.append((sock, sock.getsockname()[1], failure, error))

    def end(self, traffic):
        for sock, here, failure, error in self.going:
            found = self.error_of(sock)
            if found != error:
                raise SystemExit(f"{errno.errorcode.get(found, 'nothing within 30 s')} instead of {failure}")
            sock.close()
            traffic.expect("nobody there", socket.AF_INET, "outgoing", here, PORT, 0, 0, os.getpid(), failure)
        self.going = []

    @staticmethod
    def error_of(sock):
        # Not as soon as it is told: who takes the error before the socket changes its state takes it from the record, too.
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            if sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_CLOSE:
                return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            time.sleep(0.05)
        return 0
