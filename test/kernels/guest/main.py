#!/usr/bin/env python3
"""
In the guest: main.py COMMAND OUT READY_SECONDS BULK. Runs traffic under `COMMAND observe` and leaves in OUT: records.ndjson, observe.err,
result.json (what is right; how the tracer behaved).
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

from traffic import Server, Traffic, datagrams

command, out, ready_seconds, bulk = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
V4, V6 = socket.AF_INET, socket.AF_INET6
began = time.monotonic()


def entries(name):
    """Used entries of the tracer's map of that name; of an array, those that hold a cookie."""
    shown = json.loads(subprocess.run(["bpftool", "-j", "map", "show"], check=True, capture_output=True).stdout)
    used = 0
    for found in (m for m in shown if m.get("name") == name):
        dump = subprocess.run(["bpftool", "-j", "map", "dump", "id", str(found["id"])], check=True, capture_output=True).stdout
        used += sum(1 for e in json.loads(dump) if e["formatted"]["value"]["cookie"] != 0)
    return used


def say(text):
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)


os.environ["PATH"] += ":/usr/sbin:/sbin"
big = "/tmp/big"
with open(big, "wb") as file:
    file.write(bytes(1048573))

older, traffic = Server([V4, V6]), Traffic()
kept = [traffic.exchange(older, index, "older", Server.KEEP) for index in (0, 1)]

ready = "/tmp/ready"
with open(f"{out}/records.ndjson", "wb") as records, open(f"{out}/observe.err", "wb") as errors:
    tracer = subprocess.Popen([command, "observe", "-o", "ndjson", "--ready-file", ready], stdout=records, stderr=errors)
# Where a hook group is not proven the file never comes; the traffic goes on all the same.
limit = time.monotonic() + ready_seconds
while not os.path.exists(ready) and time.monotonic() < limit and tracer.poll() is None:
    time.sleep(0.2)
say("ready" if os.path.exists(ready) else "no ready file")

newer = Server([V4, V6])
for i in range(50):
    traffic.exchange(newer, i % 2, "exchange")
for i in range(20):
    traffic.exchange(older, i % 2, "early listener")
for i in range(5):
    traffic.refused((V4, V6)[i % 2])
for i in range(3):
    traffic.exchange(newer, i % 2, "reset", Server.RESET)
traffic.exchange(newer, 0, "sendfile", file=big)
udp = datagrams(20)
for sock in kept:
    sock.close()
older.order(0, 0, 0, Server.RELEASE)
older.wait()
say("traffic done")
many = Server([V4])
traffic.bulk(many, 0, bulk)
say(f"{bulk} further connections done")
time.sleep(2)
left = {name: entries(name) for name in ("tcp_slots", "tcp_overflow")} if tracer.poll() is None else None
say(f"left behind: {left}")
for server in (older, newer, many):
    server.end()
time.sleep(1)
was_ready = os.path.exists(ready)
tracer.send_signal(signal.SIGINT)
status = tracer.wait()
say(f"observe ended: {status}")
verify = subprocess.run([command, "verify", f"{out}/records.ndjson"], capture_output=True, text=True)
say(f"verify: {verify.returncode} {verify.stdout.strip().splitlines()[-1:]}")
with open(f"{out}/result.json", "w") as file:
    json.dump({
        "ends": traffic.ends, "udp": udp, "ready": was_ready, "status": status, "left": left, "bulk_port": many.addresses[0][1],
        "verify": {"status": verify.returncode, "text": verify.stdout + verify.stderr},
    }, file)
