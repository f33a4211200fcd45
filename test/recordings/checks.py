"""In a guest: checks.py COMMAND OUT records maps and a program of known contents (OUT/ebpf.ctr) and queues of known fill (OUT/tcp_queue.ctr)."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kernels/guest"))
from objects import Objects  # noqa: E402
from queues import hold_queues  # noqa: E402

START_SECONDS = 240
# Three readings, the last of them when the tracer is stopped.
READINGS_SECONDS = 3.2
USE_SECONDS = 0.05


def start(command, out, feature, name, interval):
    ready = f"/tmp/ready-{name}"
    alone = ["--without", "connections", "--with", feature, "--set", f"{feature}.interval={interval}", "--host", "sample"]
    process = subprocess.Popen([command, "record", *alone, "--ready-file", ready, f"{out}/{name}.ctr"])
    limit = time.monotonic() + START_SECONDS
    while not os.path.exists(ready):
        if process.poll() is not None or time.monotonic() > limit:
            raise SystemExit(f"{feature} is not recorded: {process.poll()}")
        time.sleep(0.1)
    return process


def end(process):
    process.send_signal(signal.SIGINT)
    if process.wait() != 0:
        raise SystemExit(process.returncode)


command, out = sys.argv[1:]
os.environ["PATH"] += ":/usr/sbin:/sbin"
objects = Objects()
tracer = start(command, out, "ebpf", "ebpf", 1500)
until = time.monotonic() + READINGS_SECONDS
while time.monotonic() < until:
    objects.use()
    time.sleep(USE_SECONDS)
end(tracer)
objects.close()
tracer = start(command, out, "tcp_queue_length", "tcp_queue", 2000)
hold_queues()
end(tracer)
