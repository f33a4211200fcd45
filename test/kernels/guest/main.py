#!/usr/bin/env python3
"""
In the guest: main.py PLAN, a JSON object; what is told goes into its folder `out`: doctor.json and doctor.status, for each run of the tracer
NAME.ndjson, NAME.err and a member of result.json (what is right, and how the tracer behaved), for each variant more doctor's files.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

from burst import burst
from checks import checks
from dns import dns
from oom import described, kill_one
from suite import Suite
from tracer import Tracer, left_since, objects
from variants import variants
from veth import Veth

BIG_BYTES = 1048573
SMALL_BUFFER = ("--kernel-buffer", "64KiB", "--max-loss", "0")
LOSING_SECONDS = 1
FAMILIES = (socket.AF_INET, socket.AF_INET6)

plan = json.loads(sys.argv[1])
command, out = [plan["command"]], plan["out"]
began = time.monotonic()
result = {"left_in_kernel": {}, "least_available_kib": 1 << 40}


def available():
    """KiB of memory that could be had."""
    with open("/proc/meminfo") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))


def say(text):
    result["least_available_kib"] = min(result["least_available_kib"], available())
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


def after(name):
    """What is left in the kernel, once the tracer has ended."""
    result["left_in_kernel"][name] = left_since(before)
    say(f"{name}: left in the kernel {result['left_in_kernel'][name]}")


def diagnose(name, command):
    with open(f"{out}/{name}.json", "wb") as diagnosis:
        status = subprocess.run([*command, "doctor", "-o", "json"], stdout=diagnosis).returncode
    say(f"{name}: {status}")
    result.setdefault("doctor", {})[name] = status


def lose(transport):
    """A buffer that is too small, under a burst that nobody reads."""
    tracer = Tracer(command, out, "loss", "--transport", transport, *SMALL_BUFFER)
    tracer.start()
    result["loss"] = burst(tracer, plan["burst"])
    time.sleep(LOSING_SECONDS)
    result["loss"]["status"] = tracer.end()
    after("loss")


def kill():
    tracer = Tracer(command, out, "killed", "--transport", "ring")
    tracer.start()
    tracer.end(signal.SIGKILL)
    after("killed")


os.environ["PATH"] += ":/usr/sbin:/sbin"
big = "/tmp/big"
with open(big, "wb") as file:
    file.write(bytes(BIG_BYTES))
before = objects()
diagnose("doctor", command)
after("doctor")
if result["doctor"]["doctor"] == plan["refusal"]:
    tracer = Tracer(command, out, "refused")
    tracer.wait_until_ready()
    result["refused"] = {"status": tracer.end(), "text": tracer.told()}
    after("refused")
    # What needs less is there all the same.
    tracer = Tracer(command, out, "kills", "--without", "connections", "--with", "oom_kill")
    tracer.start()
    result["refused"].update({"victim": kill_one(), "described": described()})
    time.sleep(LOSING_SECONDS)
    result["refused"]["kills"] = tracer.end()
    after("kills")
elif not plan["words"]:
    veth = Veth() if plan["runs"] else None
    suite = Suite(command, out, say, veth, big)
    for run in plan["runs"]:
        result.setdefault("runs", {})[run["name"]] = suite.run(run["name"], FAMILIES, *(run[part] for part in ("options", "many", "exchanges", "kill", "calls")))
        after(run["name"])
    if plan["dns"]:
        result["dns"] = dns(command, out)
        after("dns")
    if plan["checks"]:
        result["checks"] = checks(plan["checks"], command, out, after)
    if plan["burst"]:
        lose(plan["lossy"])
        kill()
        veth.close()
result["variants"] = variants(plan["variants"], command, out, say, diagnose, plan["words"])
result["seconds"] = time.monotonic() - began
with open(f"{out}/result.json", "w") as file:
    json.dump(result, file)
