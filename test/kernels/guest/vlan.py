#!/usr/bin/env python3
"""
DNS over VLANs of a veth pair, seen at the devices of this namespace. vlan.py CONNTRAIL; leaves vlan.ndjson, vlan.ctr, and vlan.json: devices, the
queries' two ends, and how the tracer ended.
"""
import json
import os
import socket
import sys
import time

from dns import Remote, ends_of, netns
from dns_askers import Asker, Raw
from dns_server import V4, V6
from tracer import Tracer
from veth import ip

NEAR, FAR = "ct-tag-a", "ct-tag-b"
# The device puts the tag beside the packet (skb->vlan_tci), where the pair takes it along; or into the frame, as it came to be with older ones.
ASIDE, INSIDE = 100, 101
# Of what leaves by it: priority code point, three bits above the VLAN's number.
PRIORITY = 1
SETTLED_SECONDS = 17


def place(vlan):
    return {"server": (f"10.80.{vlan}.2", f"fd80:{vlan}::2"), "site": (f"10.80.{vlan}.2", f"fd80:{vlan}::2")}


def add_vlan(device, vlan, end, *more):
    name = f"{device}.{vlan}"
    order = "off" if vlan == INSIDE else "on"
    ip("link", "add", "link", device, "name", name, "type", "vlan", "id", str(vlan), "reorder_hdr", order, *more)
    ip("address", "add", f"10.80.{vlan}.{end}/24", "dev", name)
    ip("address", "add", f"fd80:{vlan}::{end}/64", "dev", name, "nodad")
    ip("link", "set", name, "up")
    return name


class TaggedRemote(Remote):
    """A DNS server behind each VLAN."""

    near, far = NEAR, FAR
    places = [place(vlan) for vlan in (ASIDE, INSIDE)]

    def address(self, device, end):
        ip("link", "set", device, "up")
        for vlan in (ASIDE, INSIDE):
            add_vlan(device, vlan, end, *(("egress-qos-map", f"0:{PRIORITY}") if end == 1 else ()))


os.environ["PATH"] += ":/usr/sbin:/sbin"
remote = TaggedRemote()
tracer = Tracer([sys.argv[1]], "/tmp/out", "vlan", "--without", "connections", "--with", "dns", "--set", 'dns.netns=["/proc/1/ns/net"]',
                "--set", "dns.hosts=false", "--record", "/tmp/out/vlan.ctr")
tracer.start()
devices = {name: socket.if_nametoindex(name) for name in (NEAR, f"{NEAR}.{ASIDE}", f"{NEAR}.{INSIDE}")}
pids = {}
for vlan in (ASIDE, INSIDE):
    for family, server in zip((V4, V6), place(vlan)["server"]):
        asker = Asker(Raw, family, server, f"vlan{vlan}family{4 if family == V4 else 6}")
        asker.wait()
        pids[asker.label] = asker.pid
ends = ends_of(remote.end(), pids, {"pid": remote.pid, "netns": remote.netns})
time.sleep(SETTLED_SECONDS)
told = {"ends": ends, "devices": devices, "netns": netns(), "status": tracer.end(), "text": tracer.told()}
with open("/tmp/out/vlan.json", "w") as file:
    json.dump(told, file)
