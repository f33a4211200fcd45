"""Short connections from one process to another while the tracer's reader stands still."""
import os
import signal
import socket
import time

# The kernel side goes on by itself; this is for what was under way when the reader stopped.
STOPPED_SECONDS = 0.2


def burst(tracer, count):
    """How many ends there were to tell; each connection is of one byte."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    pid = os.fork()
    if pid == 0:
        for _ in range(count):
            sock, _ = listener.accept()
            sock.recv(1)
            sock.recv(1)
            sock.close()
        os._exit(0)
    address = listener.getsockname()
    listener.close()
    tracer.process.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_SECONDS)
    for _ in range(count):
        with socket.create_connection(address) as sock:
            sock.sendall(b"b")
    if os.waitpid(pid, 0)[1] != 0:
        raise SystemExit("the server of the burst failed")
    tracer.process.send_signal(signal.SIGCONT)
    return {"port": address[1], "ends": 2 * count}
