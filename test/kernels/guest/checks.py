"""`conntrail check` in the guest, one check after the other, each beside what it has to tell."""
import os
import time

from maps import bpftool
from objects import Objects
from oom import described, kill_one
from queues import hold_queues
from tracer import Tracer

SETTLED_SECONDS = 1
# Between two readings: the program of which the runs are known must run in between, and this machine is emulated.
READING = "3s"
USE_SECONDS = 0.1


def shown(kind):
    """What bpftool tells of maps or programs, but for its own program, which lists their owners."""
    return [each for each in bpftool(kind, "show") if not any(owner.get("comm") == "bpftool" for owner in each.get("pids", []))]


def check_ebpf(command, out):
    objects = Objects()
    before = {kind: shown(kind) for kind in ("map", "prog")}
    tracer = Tracer(command, out, "check-ebpf", "--for", READING, action=("check", "ebpf"))
    while tracer.process.poll() is None:
        objects.use()
        time.sleep(USE_SECONDS)
    after = {kind: [each["id"] for each in bpftool(kind, "show")] for kind in ("map", "prog")}
    objects.close()
    # What was there all the time.
    stayed = {kind: [each for each in before[kind] if each["id"] in after[kind]] for kind in before}
    made = {"maps": objects.expected, "filter": objects.filter, "runs": objects.runs, "pid": os.getpid()}
    return {"status": tracer.end(), "text": tracer.told(), "maps": stayed["map"], "programs": stayed["prog"], "made": made}


def check_oom_kill(command, out):
    tracer = Tracer(command, out, "check-oom_kill", action=("check", "oom-kill"))
    tracer.start()
    victim = kill_one()
    time.sleep(SETTLED_SECONDS)
    return {"status": tracer.end(), "text": tracer.told(), "victim": victim, "described": described()}


def check_tcp_queue_length(command, out):
    tracer = Tracer(command, out, "check-tcp_queue_length", "--interval", "1s", action=("check", "tcp-queue-length"))
    tracer.start()
    held = hold_queues()
    return {"status": tracer.end(), "text": tracer.told(), "held": held}


# Name of the result → what is done. Each leaves check-NAME.ndjson.
CHECKS = {"ebpf": check_ebpf, "oom_kill": check_oom_kill, "tcp_queue_length": check_tcp_queue_length}


def checks(names, command, out, after):
    """`after` is told of each when its tracer has ended."""
    found = {}
    for name in names:
        found[name] = CHECKS[name](command, out)
        after(f"check-{name}")
    return found
