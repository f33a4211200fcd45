"""One run of the tracer under traffic of which every number is known."""
import time

from datagrams import Datagrams, contended
from maps import used
from nobody import Nobody
from oom import described, kill_one
from situations import Situations
from tracer import Tracer
from traffic import Server, Traffic
from udp_calls import IDLE_SECONDS, Calls

SETTLED_SECONDS = 2
CROWD = 6


class Suite:
    def __init__(self, command, out, say, veth, big):
        self.command, self.out, self.say, self.veth, self.big = command, out, say, veth, big
        self.nobody = Nobody()

    def run(self, name, families, options, many, exchanges, kill, calls):
        """What is right, and how the tracer behaved. `many`: connections over veth; `exchanges`: of each pair that contends for a CPU."""
        # Its devices are made once a boot.
        calls = Calls() if calls else None
        traffic, udp = Traffic(), Datagrams()
        # Open before the tracer, and listening before it.
        older = Server(families)
        kept = [traffic.exchange(older, index, "older", Server.KEEP) for index in (0, 1)]
        tracer = Tracer(self.command, self.out, name, "--with", "oom_kill", *(("--udp-timeout", f"{IDLE_SECONDS}s") if calls else ()), *options)
        tracer.start()
        self.say(f"{name}: {'ready' if tracer.ready else 'no ready file'}")
        self.nobody.begin()
        newer = Server(families, kept)
        for i in range(50):
            traffic.exchange(newer, i % 2, "exchange")
        for i in range(20):
            traffic.exchange(older, i % 2, "early listener")
        for i in range(5):
            traffic.refused(families[i % 2])
        for i in range(3):
            traffic.exchange(newer, i % 2, "reset", Server.RESET)
        Situations(traffic, self.big).all()
        self.nobody.end(traffic)
        udp.all()
        if calls:
            calls.run()
        self.say(f"{name}: each kind done")
        crowd = contended(CROWD, exchanges) if exchanges else []
        self.say(f"{name}: {2 * CROWD * exchanges} datagrams on one CPU done")
        for sock in kept:
            sock.close()
        older.order(0, 0, 0, Server.RELEASE)
        older.wait()
        victim = kill_one() if kill else None
        steered = self.veth.exchange(many)
        self.say(f"{name}: {many} connections over veth done")
        for server in (older, newer):
            server.end()
        time.sleep(SETTLED_SECONDS)
        if calls:
            calls.wait()
        self.say(f"{name}: settled")
        left = {name: used(name) for name in ("tcp_slots", "tcp_overflow")} if tracer.process.poll() is None else None
        was_ready = tracer.ready
        self.say(f"{name}: maps looked at")
        status = tracer.end()
        self.say(f"{name}: ended")
        return {
            "ends": traffic.ends, "udp": udp.ends, "contended": crowd, "steered": steered, "calls": calls.expected if calls else [], "ready": was_ready, "status": status, "left": left,
            "victim": victim, "described": described() if kill else False,
        }
