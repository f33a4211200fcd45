"""`conntrail observe`, or a check, in the guest, from its start to what is left of it in the kernel."""
import atexit
import os
import signal
import subprocess
import time

from maps import bpftool

# The verifier of an emulated kernel is slow, more so beside other work.
START_SECONDS = 240
# How long records must have been coming where a hook group is not proven, and so there never is a ready file.
SETTLE_SECONDS = 15
# The kernel frees objects a while after the last descriptor of them is closed.
FREE_SECONDS = 60
KINDS = ("prog", "map", "link")


def objects():
    """Ids of the BPF objects of this kernel, by kind. One without links (5.10's bpftool says so by failing) has none."""
    found = {}
    for kind in KINDS:
        try:
            found[kind] = {each["id"] for each in bpftool(kind, "show")}
        except subprocess.CalledProcessError:
            found[kind] = set()
    return found


def left_since(before):
    """How many objects of each kind have come and stay, though nobody runs who could hold them."""
    limit = time.monotonic() + FREE_SECONDS
    while True:
        now = objects()
        left = {kind: len(now[kind] - before[kind]) for kind in KINDS}
        if not any(left.values()) or time.monotonic() > limit:
            return left
        time.sleep(0.2)


class Tracer:
    """Writes NAME.ndjson and NAME.err into `out`. `command` may be a longer one, that ends in becoming conntrail; `action`: what it does there."""

    def __init__(self, command, out, name, *options, action=("observe",)):
        self.records, self.errors, self.ready_file = f"{out}/{name}.ndjson", f"{out}/{name}.err", f"/tmp/ready-{name}"
        with open(self.records, "wb") as records, open(self.errors, "wb") as errors:
            arguments = [*command, *action, "-o", "ndjson", "--ready-file", self.ready_file, *options]
            self.process = subprocess.Popen(arguments, stdout=records, stderr=errors)
        # Nobody else would end it, should this program fail; once it has been waited for, this does nothing.
        atexit.register(self.process.kill)

    @property
    def ready(self):
        return os.path.exists(self.ready_file)

    def told(self):
        with open(self.errors) as text:
            return text.read()

    def wait_until_ready(self):
        """False when it has ended instead. Without a ready file it is enough that records have been coming for a while: traffic before
        that would say nothing about the tracer, only about how slow its start is here."""
        limit = time.monotonic() + START_SECONDS
        recording = None
        while not self.ready and (recording is None or time.monotonic() < recording + SETTLE_SECONDS):
            if self.process.poll() is not None:
                return False
            if time.monotonic() > limit:
                raise SystemExit(f"the tracer does not start: {self.told()}")
            if recording is None and os.stat(self.records).st_size > 0:
                recording = time.monotonic()
            time.sleep(0.1)
        return True

    def start(self):
        if not self.wait_until_ready():
            raise SystemExit(f"the tracer does not start: {self.told()}")

    def end(self, how=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait()
