#!/usr/bin/env python3
"""Makes maps of every kind by bpf(2) itself, fills them as it is told, and holds them.

Reads a line of JSON for each thing to do, and answers with one, of which `error` is one as well:
  {"make": NAME, "type": N, "key": N, "value": N, "entries": N, "flags": N, "inner": NAME, "storage": true} -> {"id": N}
  {"fill": NAME, "from": N, "to": N}   keys from..to-1      {"empty": NAME, "from": N, "to": N}
  {"push": NAME, "count": N}           queue, bloom filter  {"map": NAME}    the two mappings of a ring buffer
  {"rings": NAME, "pages": N}          a perf ring per CPU in a perf event array
  {"churn": NAME, "keys": N, "rate": N, "seconds": N} -> {"changes": N, "seconds": N, "least": N, "most": N}
  {"drop": NAME}                       closes it            {"pin": NAME, "path": PATH}
"""

import ctypes
import json
import mmap
import os
import resource
import struct
import sys
import time

NR_BPF, NR_PERF_EVENT_OPEN = {"x86_64": (321, 298), "aarch64": (280, 241)}[os.uname().machine]
MAP_CREATE, UPDATE, DELETE, OBJ_PIN, BTF_LOAD = 0, 2, 3, 6, 18
PAGE = mmap.PAGESIZE
LIBC = ctypes.CDLL(None, use_errno=True)
LPM_TRIE, HASH_OF_MAPS = 11, 13


def bpf(command, attributes):
    room = ctypes.create_string_buffer(attributes, max(len(attributes), 128))
    result = LIBC.syscall(NR_BPF, command, room, len(room))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def number_types():
    """BTF with one type: int."""
    names = b"\0int\0"
    types = struct.pack("<IIII", 1, 1 << 24, 4, 1 << 24 | 32)
    raw = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(names)) + types + names
    kept = ctypes.create_string_buffer(raw, len(raw))
    return bpf(BTF_LOAD, struct.pack("<QQIII", ctypes.addressof(kept), 0, len(raw), 0, 0))


class Map:
    def __init__(self, name, kind, key, value, entries, flags, inner):
        self.type, self.key, self.value = kind, key, value
        types = (number_types(), 1, 1) if kind in (24, 29) else (0, 0, 0)
        self.fd = bpf(MAP_CREATE, struct.pack("<IIIIIII16sIIII", kind, key, value, entries, flags, inner, 0, name.encode(), 0, *types))
        if types[0]:
            os.close(types[0])
        self.key_room = ctypes.create_string_buffer(max(key, 8))
        cpus = os.sysconf("SC_NPROCESSORS_CONF")
        self.value_room = ctypes.create_string_buffer((max(value, 8) + 7) // 8 * 8 * cpus)
        at = (ctypes.addressof(self.key_room) if key else 0, ctypes.addressof(self.value_room))
        self.request = ctypes.create_string_buffer(struct.pack("<IIQQQ", self.fd, 0, *at, 0), 128)

    def set_key(self, number):
        if self.type == LPM_TRIE:
            struct.pack_into("<II", self.key_room, 0, 32, number)
        else:
            struct.pack_into("<I", self.key_room, 0, number)

    def call(self, command):
        # Of what a command does not take nothing may be there.
        if LIBC.syscall(NR_BPF, command, self.request, 16 if command == DELETE else 32) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


MAPS, KEPT = {}, []


def make(o):
    inner = MAPS[o["inner"]].fd if "inner" in o else 0
    made = Map(o["make"], o["type"], o["key"], o["value"], o["entries"], o.get("flags", 0), inner)
    MAPS[o["make"]] = made
    with open(f"/proc/self/fdinfo/{made.fd}") as told:
        return {"id": int(next(line for line in told if line.startswith("map_id")).split()[1])}


def fill(o):
    made = MAPS[o["fill"]]
    if made.type == HASH_OF_MAPS:
        struct.pack_into("<I", made.value_room, 0, MAPS[o["with"]].fd)
    for number in range(o["from"], o["to"]):
        made.set_key(number)
        made.call(UPDATE)
    return {}


def empty(o):
    made = MAPS[o["empty"]]
    for number in range(o["from"], o["to"]):
        made.set_key(number)
        made.call(DELETE)
    return {}


def push(o):
    for number in range(o["count"]):
        struct.pack_into("<I", MAPS[o["push"]].value_room, 0, number)
        MAPS[o["push"]].call(UPDATE)
    return {}


def map_ring(o):
    made = MAPS[o["map"]]
    KEPT.append(mmap.mmap(made.fd, PAGE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
    KEPT.append(mmap.mmap(made.fd, PAGE + 2 * o["bytes"], mmap.MAP_SHARED, mmap.PROT_READ, offset=PAGE))
    return {}


def rings(o):
    for cpu in range(os.cpu_count()):
        # PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT, PERF_SAMPLE_RAW
        attributes = ctypes.create_string_buffer(struct.pack("<IIQQQ", 1, 112, 10, 1, 1 << 10), 112)
        event = LIBC.syscall(NR_PERF_EVENT_OPEN, attributes, -1, cpu, -1, 8)
        if event < 0:
            raise OSError(ctypes.get_errno(), "perf_event_open")
        KEPT.append(mmap.mmap(event, PAGE * (1 + o["pages"]), mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
        made = MAPS[o["rings"]]
        made.set_key(cpu)
        struct.pack_into("<I", made.value_room, 0, event)
        made.call(UPDATE)
    return {"cpus": os.cpu_count()}


def churn(o):
    """Takes every other key out and puts it in again. Of a map with `keys` entries there are never fewer than half, nor more."""
    made, keys, rate = MAPS[o["churn"]], o["keys"], o["rate"]
    changes, begun = 0, time.monotonic()
    present = [True] * keys
    step, count, least, most = 0, keys, keys, keys
    while (passed := time.monotonic() - begun) < o["seconds"]:
        if changes > rate * passed * 1.05:
            time.sleep(0.0005)
            continue
        for _ in range(256):
            number = step * 2 % keys
            step += 1
            made.set_key(number)
            made.call(DELETE if present[number] else UPDATE)
            count += -1 if present[number] else 1
            present[number] = not present[number]
            least, most = min(least, count), max(most, count)
            changes += 1
    return {"changes": changes, "seconds": time.monotonic() - begun, "least": least, "most": most}


def drop(o):
    os.close(MAPS.pop(o["drop"]).fd)
    return {}


def pin(o):
    path = ctypes.create_string_buffer(o["path"].encode())
    bpf(OBJ_PIN, struct.pack("<QII", ctypes.addressof(path), MAPS[o["pin"]].fd, 0))
    return {}


DO = {"make": make, "fill": fill, "empty": empty, "push": push, "map": map_ring, "rings": rings, "churn": churn, "drop": drop, "pin": pin}

# Up to Linux 5.10 maps count as locked memory; later it does not matter that it may not be raised.
try:
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except ValueError:
    pass
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = DO[next(iter(asked))](asked)
    except (OSError, KeyError) as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
