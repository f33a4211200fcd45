/** Kills for want of memory beside the kernel's own log of them: one record each, with the same numbers. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext, test } from 'vitest';
import { differences, kernelLog, type LoggedKill, loggedKills, type ToldKill } from '../support/oom-log.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { Observer, run } from './support/observe.js';
import { type Killed, type Killing, killForMemory } from './support/oom.js';

const ALONE = ['--without', 'connections', '--with', 'oom_kill'];
const CONTAINER = '3f4f4e3b7e0c1f0d9b1b2c6a5d8e7f90112233445566778899aabbccddeeff00';
const IN_A_ROW = 20;
const TOLD_MS = 1200;

type OomKill = ToldKill & {
  readonly victim: {
    readonly start_time: string | null;
    readonly cgroup_id: number;
    readonly container: { id: string; runtime: string | null } | null;
  };
  readonly trigger: {
    readonly pid: number;
    readonly name: string;
    readonly cgroup: string | null;
    readonly cgroup_id: number;
  };
  readonly time: string;
};

interface Connection {
  readonly start: string | null;
  readonly process: { readonly pid: number; readonly cgroup_id: number } | null;
  readonly remote: { readonly port: number } | null;
}

function recordsOf<T>(path: string, record: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`{"record":"${record}"`))
    .map((line) => JSON.parse(line) as T);
}

/** Lets them be killed; skips the test where none can be, or the log is not of them. */
async function kill(context: TestContext, killing: Killing = {}): Promise<Killed[]> {
  const killed = await killForMemory(killing);
  need(context, 'memory cgroup', killed === null ? 'no memory cgroup can be made here' : null);
  need(context, 'memory cgroup', killed![0]!.pid === null ? 'process ids here are not those of the kernel' : null);
  return killed!;
}

/** The last word of the log on each of them. */
function logged(context: TestContext, killed: readonly Killed[]): LoggedKill[] {
  const log = kernelLog();
  need(context, 'live', log === null ? 'the kernel’s log is not to be read' : null);
  const all = new Map(loggedKills(log!).map((each) => [each.pid, each]));
  return killed.map(({ pid }) => all.get(pid!)!);
}

/** Records of what is killed while one observes, each compared with the log. */
async function observed(context: TestContext, killing: Killing = {}): Promise<{ kills: OomKill[]; log: LoggedKill[] }> {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('dmesg'));
  return inFolder(async (folder) => {
    const observer = await Observer.start(folder, ...ALONE);
    const killed = await kill(context, killing);
    await sleep(TOLD_MS);
    expect((await observer.stop()).status).toBe(0);
    const kills = recordsOf<OomKill>(observer.output, 'oom_kill');
    const log = logged(context, killed);
    expect(kills.map(({ victim }) => victim.pid)).toEqual(killed.map(({ pid }) => pid));
    expect(kills.flatMap((each, i) => differences(each, log[i]!, cpus().length))).toEqual([]);
    const verified = await run('verify', observer.output);
    expect(verified.status, verified.errors).toBe(0);
    return { kills, log };
  });
}

test('one kill: one record, equal to the kernel’s own line', async (context) => {
  const before = Date.now();
  const { kills } = await observed(context, { adjusted: 321 });
  expect(kills).toMatchObject([{ victim: { name: 'tail', oom_score_adj: 321 }, trigger: { name: 'tail' } }]);
  const [{ victim, trigger, time }] = kills as [OomKill];
  expect(trigger.pid).toBe(victim.pid);
  const began = Date.parse(victim.start_time!);
  expect(began).toBeGreaterThan(before - 1000);
  expect(began).toBeLessThanOrEqual(Date.parse(time));
});

test(`${IN_A_ROW} kills in a row: as many records`, async (context) => {
  const { kills } = await observed(context, { times: IN_A_ROW, bytes: 4 << 20 });
  expect(new Set(kills.map(({ victim }) => victim.pid)).size).toBe(IN_A_ROW);
});

test('OOM: 1 MB-limited `dd` with score_adj 42', async (context) => {
  const command = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'] as const;
  const { kills } = await observed(context, { command: [...command], bytes: 1 << 20, adjusted: 42 });
  expect(kills).toMatchObject([{ victim: { name: 'dd', oom_score_adj: 42 }, trigger: { name: 'dd' } }]);
  const [{ victim, trigger, score, scope }] = kills as [OomKill];
  expect(trigger.pid).toBe(victim.pid);
  expect(victim.total_pages).toBeGreaterThan(0);
  expect(victim.cgroup).toMatch(/^\/conntrail-test-\d+$/);
  expect(scope).toBe(score === null ? null : 'cgroup');
  expect(score).not.toBe(0);
});

test('a process of many threads is told once', async (context) => {
  need(context, 'live', lacksCommand('python3'));
  const script = `
import threading
def take():
    taken = []
    while True: taken.append(bytearray(1 << 20))
for _ in range(8): threading.Thread(target=take).start()
`;
  const { kills } = await observed(context, { command: ['python3', '-c', script] });
  expect(kills).toHaveLength(1);
});

test('a container is known by the path of its cgroup', async (context) => {
  const { kills } = await observed(context, { below: `docker-${CONTAINER}.scope` });
  const [{ victim, trigger }] = kills as [OomKill];
  expect(victim.container).toEqual({ id: CONTAINER, runtime: 'docker' });
  expect(victim.cgroup).toMatch(new RegExp(`^/conntrail-test-\\d+/docker-${CONTAINER}\\.scope$`));
  expect(trigger.cgroup).toBe(victim.cgroup);
});

test('who was killed is the process of its connections', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('python3'));
  const script = `
import socket
listener = socket.create_server(("127.0.0.1", 0))
with socket.create_connection(listener.getsockname()) as sock: sock.sendall(b"x")
taken = []
while True: taken.append(bytearray(1 << 20))
`;
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--with', 'oom_kill');
    const [killed] = await kill(context, { command: ['python3', '-c', script] });
    await sleep(TOLD_MS);
    expect((await observer.stop()).status).toBe(0);
    const [{ victim, time }] = recordsOf<OomKill>(observer.output, 'oom_kill') as [OomKill];
    const own = recordsOf<Connection>(observer.output, 'connection').filter(
      ({ process, start }) =>
        process?.pid === victim.pid && start !== null && start >= victim.start_time! && start <= time,
    );
    expect(victim.pid).toBe(killed!.pid);
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(own.map(({ process }) => process!.cgroup_id))).toEqual(new Set([victim.cgroup_id]));
  });
});

test('what happened before is not told', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    await kill(context);
    const observer = await Observer.start(folder, ...ALONE);
    await sleep(TOLD_MS);
    expect((await observer.stop()).status).toBe(0);
    expect(recordsOf(observer.output, 'oom_kill')).toEqual([]);
  });
});
