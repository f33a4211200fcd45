"""Maps and programs of known contents, held by this process: what `conntrail check ebpf` has to find."""
import ctypes
import os
import resource
import socket
import struct

from maps import SYS_BPF

MAP_CREATE, MAP_UPDATE_ELEM, PROG_LOAD = 0, 2, 5
SOCKET_FILTER = 1
SO_ATTACH_BPF = 50
NO_PREALLOC = 1
ATTRIBUTES = 128
# r0 = 0; exit
INSTRUCTIONS = struct.pack("<BBhi", 0xB7, 0, 0, 0) + struct.pack("<BBhi", 0x95, 0, 0, 0)

# Name, number of the type in linux/bpf.h, its name, bytes of key and value, most entries, flags, entries to put in; None: nothing can count them.
# A key is a number; of the trie, its first four bytes are the length of the prefix. Of an array all entries are there.
MAPS = (
    ("t_hash", 1, "hash", 8, 8, 1000, 0, 700),
    ("t_lru", 9, "lru_hash", 8, 8, 512, 0, 100),
    ("t_cpu_hash", 5, "percpu_hash", 8, 8, 100, 0, 50),
    ("t_array", 2, "array", 4, 8, 30, 0, 30),
    ("t_cpu_array", 6, "percpu_array", 4, 8, 20, 0, 20),
    ("t_trie", 11, "lpm_trie", 8, 8, 64, NO_PREALLOC, 30),
    ("t_ring", 27, "ringbuf", 0, 0, 8192, 0, None),
    ("t_perf", 4, "perf_event_array", 4, 4, 2, 0, None),
    ("t_queue", 22, "queue", 0, 8, 16, 0, None),
    ("t_bloom", 30, "bloom_filter", 0, 8, 16, 0, None),
)


def bpf(command, attributes):
    """The system call; what it returns, or the error as an exception."""
    buffer = ctypes.create_string_buffer(attributes, ATTRIBUTES)
    status = ctypes.CDLL(None, use_errno=True).syscall(SYS_BPF, command, buffer, ATTRIBUTES)
    if status < 0:
        raise OSError(ctypes.get_errno(), f"bpf({command})")
    return status


def create(number, key, value, most, flags, name):
    return bpf(MAP_CREATE, struct.pack("<IIIIIII16s", number, key, value, most, flags, 0, 0, name.encode()))


def key_of(kind, size, index):
    if kind == "lpm_trie":
        return struct.pack("<I", 32) + struct.pack(">I", index)
    return index.to_bytes(size, "little")


def put(descriptor, key, value):
    keys, values = ctypes.create_string_buffer(key), ctypes.create_string_buffer(value)
    bpf(MAP_UPDATE_ELEM, struct.pack("<I4xQQQ", descriptor, ctypes.addressof(keys), ctypes.addressof(values), 0))


class Objects:
    """`expected`: of each map that this kernel can make, what is in it. `filter`: name of a program that has run `runs` times."""

    def __init__(self):
        # Before 5.11 maps and programs are locked memory. What runs later has the limit that it would have without this.
        self.limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        cpus = os.sysconf("SC_NPROCESSORS_CONF")
        self.held, self.expected = [], []
        for name, number, kind, key, value, most, flags, entries in MAPS:
            try:
                descriptor = create(number, key, value, most, flags, name)
            except OSError:
                continue
            self.held.append(descriptor)
            if entries is not None and kind not in ("array", "percpu_array"):
                width = value * cpus if kind.startswith("percpu") else value
                for index in range(entries):
                    put(descriptor, key_of(kind, key, index), bytes(width))
            self.expected.append({"name": name, "type": kind, "key_size": key, "value_size": value, "max_entries": most, "entries": entries})
        self.filter = "t_filter"
        code, licence = ctypes.create_string_buffer(INSTRUCTIONS, len(INSTRUCTIONS)), ctypes.create_string_buffer(b"GPL")
        addresses = (ctypes.addressof(each) for each in (code, licence))
        program = bpf(PROG_LOAD, struct.pack("<IIQQIIQII16s", SOCKET_FILTER, 2, *addresses, 0, 0, 0, 0, 0, self.filter.encode()))
        self.held.append(program)
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind(("127.0.0.1", 0))
        self.receiver.setsockopt(socket.SOL_SOCKET, SO_ATTACH_BPF, program)
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.runs = 0

    def use(self):
        self.sender.sendto(b"x", self.receiver.getsockname())
        self.runs += 1

    def close(self):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, self.limit)
        for sock in (self.receiver, self.sender):
            sock.close()
        for descriptor in self.held:
            os.close(descriptor)
