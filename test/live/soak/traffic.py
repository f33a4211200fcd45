#!/usr/bin/env python3
"""
Beside the flood of a soak: SECONDS. Sockets that reconnect and whose cookies collide, and a UDP server with many peers. In a network namespace of
its own; prints what it did as one line of JSON.
"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

SLOTS = 16384  # CT_TCP_SLOTS of bpf/connections/maps.h
COLLIDING = 50
PEERS = 100_000
SO_COOKIE = 57
CLONE_NEWNET = 0x40000000
AF_UNSPEC = struct.pack('=H14x', 0)

seconds = float(sys.argv[1])
if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
    raise OSError(ctypes.get_errno(), 'unshare')
subprocess.check_call(['ip', 'link', 'set', 'lo', 'up'])
end = time.monotonic() + seconds


def cookie(sock):
    return struct.unpack('Q', sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


def colliding():
    """Sockets that all want one slot."""
    found = [socket.socket()]
    slot = cookie(found[0]) % SLOTS
    while len(found) < COLLIDING:
        sock = socket.socket()
        if cookie(sock) % SLOTS == slot:
            found.append(sock)
        else:
            sock.close()
    return found


def reconnect(sockets, made):
    """Each connects, talks, and disconnects (connect to AF_UNSPEC), over and over."""
    libc = ctypes.CDLL(None, use_errno=True)
    listener = socket.create_server(('127.0.0.1', 0), backlog=64)
    while time.monotonic() < end:
        for sock in sockets:
            sock.connect(listener.getsockname())
            accepted = listener.accept()[0]
            sock.sendall(b'abc')
            accepted.recv(9)
            accepted.close()
            sock.recv(1)
            libc.connect(sock.fileno(), AF_UNSPEC, 16)
            made[0] += 1
        time.sleep(0.05)
    for sock in sockets:
        sock.close()
    listener.close()


def serve(server, done):
    while True:
        data, peer = server.recvfrom(64)
        if data == b'stop':
            return
        server.sendto(data, peer)
        done[0] += 1


def peers(server, done):
    """One datagram and its answer with each of PEERS addresses, again and again, slowly enough that the last round ends with the soak."""
    address, made, pause = server.getsockname(), 0, seconds * 0.9 / (2 * PEERS)
    started = time.monotonic()
    while made < 2 * PEERS and time.monotonic() < end:
        number = made % PEERS
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.bind((f'127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}', 40000))
            sock.sendto(b'ask', address)
            sock.recvfrom(64)
        made += 1
        if made % 50 == 0:
            time.sleep(max(0, started + made * pause - time.monotonic()))
    return made


sockets = colliding()
made, done = [0], [0]
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', 0))
threads = [threading.Thread(target=reconnect, args=(sockets, made)), threading.Thread(target=serve, args=(server, done))]
for thread in threads:
    thread.start()
asked = peers(server, done)
threads[0].join()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
    last.sendto(b'stop', server.getsockname())
threads[1].join()
port = server.getsockname()[1]
server.close()
print(json.dumps({'inode': os.stat('/proc/self/ns/net').st_ino, 'reconnects': made[0], 'asked': asked, 'answered': done[0], 'port': port}))
