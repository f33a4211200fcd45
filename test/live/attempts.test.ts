/** Calls of connect() that come to nothing before a packet: each is a record of its own when asked for, and nothing else is. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lacksLive } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { Observer } from './support/observe.js';
import { readOutput } from './support/output.js';

const TRAFFIC = `
import ctypes, json, os, socket, subprocess
ctypes.CDLL(None).unshare(0x40000000)
subprocess.check_call('''ip link set lo up; ip link add v0 type veth peer name v1; ip addr add 10.9.0.1/24 dev v0; ip link set v0 up
ip link set v1 up; ip route add unreachable 10.9.1.0/24; ip route add prohibit 10.9.2.0/24''', shell=True)
def attempt(s, to):
    try: s.connect(to); return 0
    except OSError as e: return e.errno
l = socket.create_server(('127.0.0.1', 0)); here = l.getsockname()
v4 = lambda: socket.socket(socket.AF_INET)
kept = v4()
results = {
    'unreachable': attempt(v4(), ('10.9.1.1', 1001)),
    'prohibited': attempt(v4(), ('10.9.2.1', 1002)),
    'no route': attempt(v4(), ('203.0.113.1', 1003)),
    'no route v6': attempt(socket.socket(socket.AF_INET6), ('2001:db8::1', 1004)),
    'twice': [attempt(kept, ('203.0.113.1', 1005)), attempt(kept, ('10.9.1.1', 1006))],
    'then connected': attempt(kept, here),
    'again refused': attempt(v4(), ('127.0.0.1', 1007)),
}
a, _ = l.accept(); kept.close(); a.recv(1); a.close(); l.close()
print(json.dumps([os.stat('/proc/self/ns/net').st_ino, here[1], os.getpid(), results]))
`;

/** Closed records of this end of the traffic, and what it says of itself. */
async function traced(...options: string[]) {
  return inFolder(async (folder) => {
    const observer = await Observer.start(folder, ...options);
    const [inode, port, pid, results] = JSON.parse(execFileSync('python3', ['-c', TRAFFIC], { encoding: 'utf8' }));
    await sleep(300);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);
    expect(results.unreachable).toBe(113);
    const records = readOutput(observer.output).connections.filter(
      (r) => r.netns.inode === inode && r.protocol === 'tcp' && r.direction === 'outgoing' && r.state === 'closed',
    );
    return { records, port, pid };
  });
}

test('--failed-connects: no route, one that forbids, twice on one socket, and then a connection', async () => {
  expect(lacksLive()).toBeFalsy();
  const { records, port, pid } = await traced('--failed-connects');
  const nothing = records.filter(({ failure }) => failure?.errno === null);
  expect(nothing.map(({ remote }) => remote?.port).sort()).toEqual([1001, 1002, 1003, 1004, 1005, 1006]);
  for (const { process, failure, total, start, end } of nothing) {
    expect([process?.pid, process?.source, failure?.cause, failure?.by]).toEqual([pid, 'connect', 'other', null]);
    expect([total.sent_packets, total.established, start === end]).toEqual([0, 0, true]);
  }
  const kept = records.filter(({ remote }) => [1005, 1006, port].includes(remote?.port ?? 0));
  expect(new Set(kept.map(({ cookie }) => cookie)).size).toBe(1);
  expect(kept.map(({ generation }) => generation).sort()).toEqual([1, 2, 3]);
  expect(records.filter(({ remote }) => remote?.port === 1007).map(({ failure }) => failure?.cause)).toEqual([
    'refused',
  ]);
  expect(records).toHaveLength(8);
});

test('without it nothing is told of them, and what follows is as ever', async () => {
  expect(lacksLive()).toBeFalsy();
  const { records, port } = await traced();
  expect(records.map(({ remote, failure }) => [remote?.port, failure?.cause]).sort()).toEqual(
    [
      [1007, 'refused'],
      [port, undefined],
    ].sort(),
  );
});
