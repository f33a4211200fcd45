"""Processes that the kernel kills for want of memory: of their memory cgroup, or of the whole machine."""
import os
import signal
import time

ROOT = "/sys/fs/cgroup"
LIMIT = 32 << 20
# The kernel refuses at once what it cannot have in one piece.
PIECE = 8 << 20


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def read(path):
    with open(path) as file:
        return file.read()


def described():
    """Whether the tracepoint tells more of who is killed than a process id: since 6.9, and where that was backported."""
    return "uid_t uid;" in read("/sys/kernel/tracing/events/oom/mark_victim/format")


def take_memory(bytes_taken, adjusted):
    """A process of its own that takes so much; its id."""
    pid = os.fork()
    if pid == 0:
        write("/proc/self/comm", "victim")
        write("/proc/self/oom_score_adj", str(adjusted))
        group = os.environ.get("CONNTRAIL_TEST_CGROUP")
        if group:
            write(f"{group}/cgroup.procs", "0")
        taken = [bytearray(b"x") * PIECE for _ in range(bytes_taken // PIECE)]
        os._exit(len(taken) == 0)
    return pid


def wait_killed(pid):
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        raise SystemExit(f"nobody was killed: {status}")
    return pid


class MemoryCgroup:
    """With a limit; those that take memory meanwhile are in it."""

    def __init__(self, name="conntrail-test"):
        self.path = f"{ROOT}/{name}"

    def __enter__(self):
        write(f"{ROOT}/cgroup.subtree_control", "+memory")
        os.mkdir(self.path)
        write(f"{self.path}/memory.max", str(LIMIT))
        os.environ["CONNTRAIL_TEST_CGROUP"] = self.path
        return self

    def __exit__(self, *_):
        del os.environ["CONNTRAIL_TEST_CGROUP"]
        os.rmdir(self.path)


def kill_one():
    """Its process id."""
    with MemoryCgroup():
        return wait_killed(take_memory(4 * LIMIT, 100))


def kill_many(count):
    with MemoryCgroup():
        return [wait_killed(take_memory(2 * LIMIT, 100 + index)) for index in range(count)]


def kill_group(others):
    """One takes too much, and all of its cgroup are killed with it: ids of all."""
    with MemoryCgroup("docker-" + "0123456789abcdef" * 4 + ".scope") as group:
        write(f"{group.path}/memory.oom.group", "1")
        pids = []
        for _ in range(others):
            pid = os.fork()
            if pid == 0:
                write(f"{group.path}/cgroup.procs", "0")
                time.sleep(600)
            pids.append(pid)
        while len(read(f"{group.path}/cgroup.procs").split()) < others:
            time.sleep(0.05)
        pids.append(take_memory(4 * LIMIT, 100))
        return [wait_killed(pid) for pid in pids]


def kill_system():
    """One takes all that the machine has: its id."""
    total = next(int(line.split()[1]) for line in read("/proc/meminfo").splitlines() if line.startswith("MemTotal:")) << 10
    return wait_killed(take_memory(total, 1000))


def kill_by_operator():
    """Of the whole machine, as asked for (SysRq f): id of the one with the highest score."""
    pid = os.fork()
    if pid == 0:
        write("/proc/self/comm", "victim")
        write("/proc/self/oom_score_adj", "1000")
        time.sleep(600)
    while read(f"/proc/{pid}/oom_score_adj").strip() != "1000":
        time.sleep(0.05)
    write("/proc/sysrq-trigger", "f")
    return wait_killed(pid)
