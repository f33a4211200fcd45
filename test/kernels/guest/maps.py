"""What the tracer's maps hold, read beside it; whole arrays in one system call, since bpftool takes seconds for one on an emulated CPU."""
import ctypes
import json
import os
import struct
import subprocess

SYS_BPF = 321  # x86-64
MAP_GET_FD_BY_ID, MAP_LOOKUP_BATCH = 14, 24
FREE = bytes(8)


def bpftool(*arguments):
    return json.loads(subprocess.run(["bpftool", "-j", *arguments], check=True, capture_output=True).stdout or "[]")


def bpf(command, attributes):
    """The system call with union bpf_attr as bytes; what the kernel made of it."""
    buffer = ctypes.create_string_buffer(attributes, 128)
    libc = ctypes.CDLL(None, use_errno=True)
    status = libc.syscall(SYS_BPF, command, buffer, len(buffer))
    # The end of a map is told as an error beside the count.
    if status < 0 and (command != MAP_LOOKUP_BATCH or ctypes.get_errno() != 2):
        raise OSError(ctypes.get_errno(), f"bpf({command})")
    return status, buffer.raw


def used_slots(array):
    """Indices of an array's values that do not begin with 8 zero bytes."""
    count, size = array["max_entries"], array["bytes_value"]
    descriptor, _ = bpf(MAP_GET_FD_BY_ID, struct.pack("I", array["id"]))
    keys, values, after = (ctypes.create_string_buffer(length) for length in (4 * count, size * count, 8))
    at = (ctypes.addressof(each) for each in (after, keys, values))
    _, told = bpf(MAP_LOOKUP_BATCH, struct.pack("QQQQIIQQ", 0, *at, count, descriptor, 0, 0))
    os.close(descriptor)
    (read,) = struct.unpack_from("I", told, 32)
    if read != count:
        raise SystemExit(f"{read} of {count} values read")
    whole = values.raw
    return [index for index in range(count) if whole[size * index : size * index + 8] != FREE]


def used(name):
    """Used entries of the tracer's map of that name, each in a few words; of an array, those that begin with a cookie."""
    found = []
    for each in (m for m in bpftool("map", "show") if m.get("name") == name):
        number = str(each["id"])
        if each["type"] == "array":
            values = [bpftool("map", "lookup", "id", number, "key", *map(str, struct.pack("<I", slot)))["formatted"]["value"] for slot in used_slots(each)[:20]]
        else:
            values = [entry["formatted"]["value"] for entry in bpftool("map", "dump", "id", number)]
        found += [" ".join(f"{key}={value[key]}" for key in ("cookie", "tcp_state", "direction", "pid")) for value in values]
    return found
