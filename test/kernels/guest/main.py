#!/usr/bin/env python3
"""
In the guest: main.py COMMAND OUT SETTLE_SECONDS BULK. Runs traffic under `COMMAND observe` and leaves in OUT: records.ndjson, observe.err,
result.json (what is right; how the tracer behaved), doctor.json (what the doctor says of this kernel).
"""
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time

from oom import described, kill_one
from traffic import Server, Traffic, contended, datagrams
from udp_calls import IDLE_SECONDS, Calls

command, out, settle_seconds, bulk = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
# The verifier of an emulated kernel is slow, more so beside other work.
START_SECONDS = 240
V4, V6 = socket.AF_INET, socket.AF_INET6
began = time.monotonic()


def entries(name):
    """Used entries of the tracer's map of that name, each in a few words; of an array, those that hold a cookie."""
    shown = json.loads(subprocess.run(["bpftool", "-j", "map", "show"], check=True, capture_output=True).stdout)
    used = []
    for found in (m for m in shown if m.get("name") == name):
        dump = subprocess.run(["bpftool", "-j", "map", "dump", "id", str(found["id"])], check=True, capture_output=True).stdout
        values = (e["formatted"]["value"] for e in json.loads(dump))
        used += [" ".join(f"{k}={v[k]}" for k in ("cookie", "tcp_state", "direction", "pid")) for v in values if v["cookie"] != 0]
    return used


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


os.environ["PATH"] += ":/usr/sbin:/sbin"
big = "/tmp/big"
with open(big, "wb") as file:
    file.write(bytes(1048573))

with open(f"{out}/doctor.json", "wb") as diagnosis:
    # Its status is no failure: some of these kernels lack a hook group.
    say(f"doctor: {subprocess.run([command, 'doctor', '-o', 'json'], stdout=diagnosis).returncode}")

older, traffic = Server([V4, V6]), Traffic()
kept = [traffic.exchange(older, index, "older", Server.KEEP) for index in (0, 1)]

ready = "/tmp/ready"
with open(f"{out}/records.ndjson", "wb") as records, open(f"{out}/observe.err", "wb") as errors:
    tracer = subprocess.Popen([command, "observe", "--with", "oom_kill", "--udp-timeout", f"{IDLE_SECONDS}s", "-o", "ndjson", "--ready-file", ready], stdout=records, stderr=errors)
# Nobody else would end it, should this program fail; once it has been waited for, this does nothing.
atexit.register(tracer.kill)
# Where a hook group is not proven the file never comes: there it is enough that records have been coming for a while. Traffic before that
# would say nothing about the tracer, only about how slow its start is here.
limit = time.monotonic() + START_SECONDS
recording = None
while not os.path.exists(ready) and (recording is None or time.monotonic() < recording + settle_seconds):
    if tracer.poll() is not None or time.monotonic() > limit:
        with open(f"{out}/observe.err") as text:
            sys.exit(f"the tracer does not start: {text.read()}")
    if recording is None and os.stat(f"{out}/records.ndjson").st_size > 0:
        recording = time.monotonic()
    time.sleep(0.2)
say("ready" if os.path.exists(ready) else "no ready file")

newer = Server([V4, V6], kept)
for i in range(50):
    traffic.exchange(newer, i % 2, "exchange")
for i in range(20):
    traffic.exchange(older, i % 2, "early listener")
for i in range(5):
    traffic.refused((V4, V6)[i % 2])
for i in range(3):
    traffic.exchange(newer, i % 2, "reset", Server.RESET)
traffic.exchange(newer, 0, "sendfile", file=big)
udp, crowd, calls = datagrams(20), contended(6, 500), Calls()
calls.run()
for sock in kept:
    sock.close()
older.order(0, 0, 0, Server.RELEASE)
older.wait()
say("traffic done")
victim = kill_one()
say(f"killed for want of memory: {victim}")
many = Server([V4])
traffic.bulk(many, 0, bulk)
say(f"{bulk} further connections done")
for server in (older, newer, many):
    server.end()
time.sleep(2)
calls.wait()
left = {name: entries(name) for name in ("tcp_slots", "tcp_overflow")} if tracer.poll() is None else None
say(f"left behind: {left}")
was_ready = os.path.exists(ready)
tracer.send_signal(signal.SIGINT)
status = tracer.wait()
say(f"observe ended: {status}")
verify = subprocess.run([command, "verify", f"{out}/records.ndjson"], capture_output=True, text=True)
say(f"verify: {verify.returncode} {verify.stdout.strip().splitlines()[-1:]}")
with open(f"{out}/result.json", "w") as file:
    json.dump({
        "ends": traffic.ends, "udp": udp, "contended": crowd, "calls": calls.expected, "ready": was_ready, "status": status, "left": left, "victim": victim, "described": described(), "bulk_port": many.addresses[0][1],
        "verify": {"status": verify.returncode, "text": verify.stdout + verify.stderr},
    }, file)
