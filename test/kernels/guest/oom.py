"""A process that the kernel kills because its memory cgroup has no room for it."""
import os
import signal

ROOT = "/sys/fs/cgroup"
LIMIT = 32 << 20


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def described():
    """Whether the tracepoint tells more of who is killed than a process id: since 6.9, and where that was backported."""
    with open("/sys/kernel/tracing/events/oom/mark_victim/format") as format:
        return "uid_t uid;" in format.read()


def kill_one():
    """Its process id."""
    write(f"{ROOT}/cgroup.subtree_control", "+memory")
    cgroup = f"{ROOT}/conntrail-test"
    os.mkdir(cgroup)
    write(f"{cgroup}/memory.max", str(LIMIT))
    pid = os.fork()
    if pid == 0:
        write("/proc/self/comm", "victim")
        write("/proc/self/oom_score_adj", "100")
        write(f"{cgroup}/cgroup.procs", "0")
        bytearray(os.urandom(1) * (4 * LIMIT))
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        raise SystemExit(f"nobody was killed: {status}")
    os.rmdir(cgroup)
    return pid
