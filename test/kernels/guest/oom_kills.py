#!/usr/bin/env python3
"""
In the guest: oom_kills.py CONNTRAIL MANY. Lets processes be killed for want of memory in several ways under one tracer; tells in
/tmp/out/oom.json which, and in /tmp/out/log what the kernel said of it.
"""
import json
import os
import subprocess
import sys
import time

from oom import kill_by_operator, kill_group, kill_many, kill_one, kill_system
from tracer import Tracer

TOLD_SECONDS = 2

os.environ["PATH"] += ":/usr/sbin:/sbin"
command, many = sys.argv[1], int(sys.argv[2])
tracer = Tracer([command], "/tmp/out", "kills", "--without", "connections", "--with", "oom_kill")
# It is to tell of a machine without memory, not to be killed for it.
with open(f"/proc/{tracer.process.pid}/oom_score_adj", "w") as adjusted:
    adjusted.write("-1000")
tracer.start()
killed = {"one": [kill_one()], "many": kill_many(many), "group": kill_group(3)}
killed |= {"system": [kill_system()], "operator": [kill_by_operator()]}
time.sleep(TOLD_SECONDS)
status = tracer.end()
with open("/tmp/out/log", "wb") as log:
    subprocess.run(["dmesg"], stdout=log, check=True)
with open("/tmp/out/oom.json", "w") as told:
    json.dump({"killed": killed, "status": status, "errors": tracer.told(), "cpus": os.cpu_count(), "release": os.uname().release}, told)
