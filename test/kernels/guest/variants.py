"""The same kernel with less: doctor's word under each, and traffic that holds it to that."""
import os
import socket
import time

from datagrams import Datagrams
from tracer import Tracer
from traffic import Server, Traffic

FAMILIES = (socket.AF_INET, socket.AF_INET6)
SETTLED_SECONDS = 1
IN_NAMESPACE = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
TWO = "-all,+bpf,+perfmon"


def hidden_btf():
    return [*IN_NAMESPACE, 'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$@"', "sh"]


def no_cgroup2():
    return [*IN_NAMESPACE, 'umount /sys/fs/cgroup && exec "$@"', "sh"]


def two_capabilities():
    """Those that tracing takes, held by a user who is nobody otherwise."""
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"--inh-caps={TWO}", f"--ambient-caps={TWO}", f"--bounding-set={TWO}"]


def lockdown(level):
    """Cannot be taken back, only tightened; so these come last."""
    with open("/sys/kernel/security/lockdown", "w") as file:
        file.write(level)
    return []


# In the order in which they can be had in one boot.
VARIANTS = {
    "no-btf": hidden_btf,
    "no-cgroup2": no_cgroup2,
    "two-capabilities": two_capabilities,
    "lockdown-integrity": lambda: lockdown("integrity"),
    "lockdown-confidentiality": lambda: lockdown("confidentiality"),
}


def short_run(name, command, out):
    """Some connections and datagrams, and one connection that is older than the tracer; None where it does not start."""
    traffic, udp = Traffic(), Datagrams()
    server = Server(FAMILIES)
    kept = traffic.exchange(server, 0, "older", Server.KEEP)
    tracer = Tracer(command, out, name)
    if not tracer.wait_until_ready():
        kept.close()
        server.end()
        return {"status": tracer.process.wait(), "text": tracer.told(), "ends": [], "udp": [], "ready": False}
    for i in range(6):
        traffic.exchange(server, i % 2, "exchange")
    traffic.exchange(server, 0, "reset", Server.RESET)
    for i in range(4):
        udp.exchange("connected" if i % 2 else "unconnected", 101 + i, connect=i % 2 == 1)
    # Longer than an interval: the older one is shown while it is open.
    time.sleep(SETTLED_SECONDS)
    kept.close()
    server.order(0, 0, 0, Server.RELEASE)
    server.wait()
    server.end()
    time.sleep(SETTLED_SECONDS)
    ready = tracer.ready
    return {"status": tracer.end(), "text": tracer.told(), "ends": traffic.ends, "udp": udp.ends, "ready": ready}


def variants(names, command, out, say, diagnose, words):
    results = {}
    for name, make in VARIANTS.items():
        if name not in names:
            continue
        os.umask(0)
        wrapped = [*make(), *command]
        diagnose(f"doctor-{name}", wrapped)
        if not words:
            results[name] = short_run(name, wrapped, out)
            say(f"{name}: observe {results[name]['status']}")
    return results
