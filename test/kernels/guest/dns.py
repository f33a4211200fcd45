"""DNS in the guest: over loopback, and over veth between two network namespaces; each query's two ends, as its server and its askers know them."""
import json
import os
import time

import dns_askers
import dns_server
from dns_askers import Asker, Library, Raw
from dns_server import V4, V6, DnsServer
from tracer import Tracer
from veth import enter_new_namespace, ip

NEAR, FAR = "ct-dns-near", "ct-dns-far"
# Addresses of the DNS server, and of what its names lead to, which is not what files give a name to already.
LOOPBACK = {"server": ("127.0.0.1", "::1"), "site": ("127.0.0.77", "::1")}
VETH = {"server": ("10.79.0.2", "fd79::2"), "site": ("10.79.0.2", "fd79::2")}
# s after which a query counts as unanswered (the default): longer than an asker waits, so that what came for it is no late answer here.
TIMEOUT = 15
SETTLED_SECONDS = TIMEOUT + 2


def netns():
    return os.stat("/proc/self/ns/net").st_ino


class Remote:
    """A DNS server in a network namespace of its own, at the other end of veth."""

    near, far = NEAR, FAR
    places = [VETH]

    def __init__(self):
        self.down, self.up = os.pipe(), os.pipe()
        self.holder = os.fork()
        if self.holder == 0:
            self._hold()
            os._exit(0)
        os.read(self.up[0], 1)
        ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
        ip("link", "set", self.far, "netns", str(self.holder))
        self.address(self.near, 1)
        os.write(self.down[1], b"a")
        self.pid, self.netns = (int(word) for word in os.read(self.up[0], 64).split())

    def address(self, device, end):
        ip("address", "add", f"10.79.0.{end}/24", "dev", device)
        ip("address", "add", f"fd79::{end}/64", "dev", device, "nodad")
        ip("link", "set", device, "up")

    def _hold(self):
        enter_new_namespace()
        os.write(self.up[1], b"n")
        os.read(self.down[0], 1)
        ip("link", "set", "lo", "up")
        self.address(self.far, 2)
        server = DnsServer(self.places)
        os.write(self.up[1], f"{server.pid} {netns()}".encode())
        os.read(self.down[0], 1)
        os.write(self.up[1], server.end().encode())

    def end(self):
        os.write(self.down[1], b"e")
        os.close(self.up[1])
        with os.fdopen(self.up[0]) as text:
            asked = text.read()
        os.waitpid(self.holder, 0)
        return asked


def ask(place, label):
    """All askers of one server at once."""
    askers = [Asker(how, family, place["server"][index], f"{label}{4 if family == V4 else 6}{how.__name__.lower()}")
              for index, family in enumerate((V4, V6)) for how in (Raw, Library)]
    connections = [each for asker in askers for each in asker.wait()]
    return {asker.label: asker.pid for asker in askers}, connections


def ends_of(asked, pids, server):
    """What is right of both ends of each query: its repetitions are one, where socket, id and question are the same."""
    queries = {}
    for each in json.loads(asked):
        key = (each["transport"], *each["client"], each["id"], each["name"], each["type"])
        queries.setdefault(key, {**each, "messages": 0})["messages"] += 1
    ends = []
    for each in queries.values():
        common = {name: each[name] for name in ("transport", "family", "id", "name", "type", "rcode", "truncated", "answers")}
        common |= {"outcome": "timed_out" if each["rcode"] is None else "answered", "retries": each["messages"] - 1}
        client, there = each["client"], [each["server"], dns_server.DNS_PORT]
        ends.append({**common, "role": "client", "local": client, "remote": there, "netns": netns(),
                     "pid": pids[each["name"].split(".")[1]], "process": dns_askers.NAME})
        ends.append({**common, "role": "server", "local": there, "remote": client, "netns": server["netns"],
                     "pid": server["pid"], "process": dns_server.NAME})
    return ends


def dns(command, out):
    """Leaves dns.ndjson. Where the feature does not run, connections are told all the same."""
    tracer = Tracer(command, out, "dns", "--with", "dns", "--set", "dns.records=both")
    if not tracer.wait_until_ready():
        return {"status": tracer.end(), "text": tracer.told(), "ends": [], "connections": []}
    here, remote = DnsServer([LOOPBACK]), Remote()
    ends, connections = [], []
    pids, made = ask(LOOPBACK, "lo")
    connections += made
    ends += ends_of(here.end(), pids, {"pid": here.pid, "netns": netns()})
    pids, made = ask(VETH, "veth")
    connections += made
    ends += ends_of(remote.end(), pids, {"pid": remote.pid, "netns": remote.netns})
    time.sleep(SETTLED_SECONDS)
    return {"status": tracer.end(), "text": tracer.told(), "ends": ends, "connections": connections}
