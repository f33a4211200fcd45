"""TCP queues of known fill, held for a while by one process in a memory cgroup of its own: a reader that does not read, and a listener that does
not accept."""
import fcntl
import json
import os
import socket
import struct
import termios
import time

from oom import ROOT, write

CGROUP = "conntrail-queues"
NAME = "slow"
SIOCOUTQ = 0x5411
# A queue takes one more than its backlog.
BACKLOG, WAITING = 2, 3
FILLED_SECONDS = 0.5
HELD_SECONDS = 4


def queued(sock, request):
    """Bytes in a queue, as the kernel tells its owner."""
    return struct.unpack("i", fcntl.ioctl(sock, request, bytes(4)))[0]


def hold():
    """In the child. What there is in the queues, once nothing moves any more."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    client.setblocking(False)
    try:
        while True:
            client.send(bytes(65536))
    except BlockingIOError:
        pass
    crowded = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    waiting = [socket.create_connection(crowded.getsockname()) for _ in range(WAITING)]
    time.sleep(FILLED_SECONDS)
    found = {
        "pid": os.getpid(),
        "received": queued(server, termios.FIONREAD),
        "sent": queued(client, SIOCOUTQ),
        "ports": {"reader": server.getsockname()[1], "writer": client.getsockname()[1], "listener": crowded.getsockname()[1]},
        "waiting": len(waiting),
        "backlog": BACKLOG,
    }
    return found, (listener, client, server, crowded, waiting)


def hold_queues():
    """Returns when they are gone again; what was in them."""
    write(f"{ROOT}/cgroup.subtree_control", "+memory")
    cgroup = f"{ROOT}/{CGROUP}"
    os.mkdir(cgroup)
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        write("/proc/self/comm", NAME)
        write(f"{cgroup}/cgroup.procs", "0")
        found, _held = hold()
        os.write(tell, json.dumps({**found, "name": NAME, "cgroup": f"/{CGROUP}"}).encode())
        time.sleep(HELD_SECONDS)
        os._exit(0)
    os.close(tell)
    with os.fdopen(told) as text:
        found = json.load(text)
    os.waitpid(pid, 0)
    os.rmdir(cgroup)
    return found
