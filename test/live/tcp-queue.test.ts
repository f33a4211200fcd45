/** How full the queues of TCP sockets get, against what the kernel says of the same sockets. */
import { readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext, test } from 'vitest';
import type { TcpQueue } from '../../src/checks/tcp-queue-length/generated/tcp-queue.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { inMemoryCgroup } from './support/memory-cgroup.js';
import { Observer, run } from './support/observe.js';
import { QueueProcess } from './support/queue-process.js';

const INTERVAL_MS = 500;
const BESIDE = ['--with', 'tcp_queue_length'];
const ALONE = ['--without', 'connections', ...BESIDE];
const OFTEN = ['--set', `tcp_queue_length.interval=${INTERVAL_MS}`];
/** Of the process with the queues: its buffers are not to be cut short. */
const MEMORY = 512 << 20;
/** Two whole intervals. */
const SETTLED_MS = 2.5 * INTERVAL_MS;

type Queue = Omit<TcpQueue, 'begin' | 'end'> & { begin: string; end: string };
type Line = { record: string } & Record<string, unknown>;

interface Session {
  queues: QueueProcess;
  /** Records of the process's cgroup so far, or of another. */
  told(cgroup?: string): Queue[];
  /** Ends all; what the whole output has. */
  end(): Promise<Line[]>;
}

const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

interface Sums {
  attempted: number;
  emitted: number;
  given: number;
  dropped: number;
  pending: number;
  lost: Record<string, number>;
}

type Row = { feature: string; lost: Record<string, number> } & Omit<Sums, 'lost'>;

/** The feature's row, summed over all intervals. */
function sums(lines: readonly Line[]): Sums {
  const rows = lines
    .filter(({ record }) => record === 'ledger')
    .flatMap(({ accounts }) => accounts as Row[])
    .filter(({ feature }) => feature === 'tcp_queue_length');
  const sum = (of: (row: Row) => number): number => rows.reduce((all, row) => all + of(row), 0);
  const names = Object.keys(rows[0]?.lost ?? {});
  return {
    attempted: sum((row) => row.attempted),
    emitted: sum((row) => row.emitted),
    given: sum((row) => row.given),
    dropped: sum((row) => row.dropped),
    pending: rows.at(-1)?.pending ?? 0,
    lost: Object.fromEntries(names.map((name) => [name, sum((row) => row.lost[name]!)])),
  };
}

/** Runs the body with a process in a memory cgroup of its own, and a tracer that began after it; the output is whole in the end. */
async function withQueues(
  context: TestContext,
  body: (session: Session) => Promise<void>,
  {
    before = [],
    options = OFTEN,
    features = ALONE,
  }: { before?: string[]; options?: string[]; features?: string[] } = {},
): Promise<void> {
  need(context, 'live', lacksLive());
  need(context, 'python3', lacksCommand('python3'));
  const done = await inMemoryCgroup(MEMORY, async (procs) => {
    await inFolder(async (folder) => {
      const queues = await QueueProcess.start(procs, before);
      const observer = await Observer.start(folder, ...features, ...options);
      const own = `/${basename(dirname(procs))}`;
      let ended = false;
      const end = async (): Promise<Line[]> => {
        ended = true;
        const { status, errors } = await observer.stop();
        expect(status, errors).toBe(0);
        const verified = await run('verify', observer.output);
        expect(verified.status, verified.errors).toBe(0);
        return linesOf(observer.output);
      };
      const told = (cgroup = own): Queue[] =>
        linesOf(observer.output)
          .filter(({ record }) => record === 'tcp_queue')
          .map((line) => line as unknown as Queue)
          .filter((queue) => queue.cgroup.path?.endsWith(cgroup) === true);
      try {
        await body({ queues, told, end });
        if (!ended) await end();
      } finally {
        await queues.end();
      }
    });
    return true;
  });
  need(context, 'memory cgroup', done === null ? 'no memory cgroup can be made here' : null);
}

const most = (queues: readonly Queue[], of: (queue: Queue) => number | undefined): number =>
  queues.reduce((most, queue) => Math.max(most, of(queue) ?? 0), 0);

test('a slow reader: its queue is as full as the kernel says, in the right process and cgroup', async (context) => {
  await withQueues(context, async ({ queues, told }) => {
    await sleep(SETTLED_MS);
    expect(most(told(), ({ receive }) => receive?.permille)).toBeLessThanOrEqual(10);
    const said = await queues.do('slow 10000');
    expect(said.queued).toBe(10_000);
    // 10 bytes a second.
    const readings: number[] = [];
    for (let i = 0; i < 3; i++) {
      await sleep(1000);
      readings.push((await queues.do('read 10')).queued);
    }
    expect(readings).toEqual([9990, 9980, 9970]);
    await sleep(SETTLED_MS);
    const full = told().filter(({ receive }) => (receive?.permille ?? 0) >= 1000);
    const fullest = full.find(({ receive }) => receive!.queued_bytes === 10_000)!;
    expect(fullest.receive).toMatchObject({
      permille: Math.floor((1000 * 10_000) / said.buffer),
      buffer_bytes: said.buffer,
      connection: {
        local_address: '127.0.0.1',
        local_port: said.port,
        remote_address: '127.0.0.1',
        process: { pid: queues.child.pid, name: 'python3' },
      },
    });
    // The queue was shorter with each read, and none of the intervals says otherwise; the last one begins at what is there.
    const fills = full.map(({ receive }) => receive!.queued_bytes);
    expect(fills).toEqual([...fills].sort((a, b) => b - a));
    expect(fills.at(-1)).toBe(9970);
    // Nobody reads any more: the same fill is told of each further interval.
    const count = told().length;
    await expect.poll(() => told().length).toBeGreaterThan(count + 1);
    const still = told().slice(count);
    for (const { receive } of still) expect(receive).toMatchObject({ queued_bytes: 9970 });
  });
});

test('what stands full from before the first interval on is seen, and intervals follow without a gap', async (context) => {
  await withQueues(context, async ({ queues, told, end }) => {
    const said = await queues.do('slow 5000');
    const isOwn = ({ receive }: Queue) => receive?.connection?.process.pid === queues.child.pid;
    await expect.poll(() => told().filter(isOwn).length).toBeGreaterThan(4);
    const found = (await end()).filter(({ record }) => record === 'tcp_queue') as unknown as Queue[];
    const own = found.filter(isOwn);
    expect(own.length).toBeGreaterThanOrEqual(4);
    for (const [i, { receive, begin }] of own.entries()) {
      expect(receive).toMatchObject({ queued_bytes: 5000, buffer_bytes: said.buffer });
      if (i > 0) expect(begin).toBe(own[i - 1]!.end);
    }
  });
});

test('a full accept queue, with its backlog', async (context) => {
  await withQueues(context, async ({ queues, told }) => {
    const { port } = await queues.do('full 4');
    await sleep(SETTLED_MS);
    // One more than the backlog: sk_acceptq_is_full.
    const full = told().find(({ accept }) => accept?.waiting === 5);
    expect(full?.accept).toMatchObject({
      permille: 1250,
      backlog: 4,
      listener: { address: '127.0.0.1', port, process: { pid: queues.child.pid, name: 'python3' } },
    });
  });
});

test('more than 4.29 MB in a queue: no overflow', async (context) => {
  await withQueues(context, async ({ queues, told }) => {
    const said = await queues.do('big 40000000');
    expect(said.queued).toBeGreaterThan(4_294_967);
    await sleep(SETTLED_MS);
    const last = told().at(-1)!;
    expect(last.receive).toMatchObject({
      queued_bytes: said.queued,
      buffer_bytes: said.buffer,
      permille: Math.floor((1000 * said.queued) / said.buffer),
      connection: { local_port: said.port },
    });
    expect(last.send!.queued_bytes).toBe(said.unsent);
    // On its way it was in the send queue.
    const sent = told().flatMap(({ send }) => (send?.connection?.local_port === said.send_port ? [send] : []));
    expect(sent.length).toBeGreaterThan(0);
    for (const { permille, queued_bytes, buffer_bytes } of sent) {
      expect(permille).toBe(Math.floor((1000 * queued_bytes) / buffer_bytes!));
    }
  });
});

test('queues of another network namespace', async (context) => {
  need(context, 'live', lacksCommand('ip'));
  const before = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  await withQueues(
    context,
    async ({ queues, told }) => {
      const said = await queues.do('slow 3000');
      const { port } = await queues.do('full 2');
      await sleep(SETTLED_MS);
      const found = told().at(-1)!;
      expect(found.receive).toMatchObject({ queued_bytes: 3000, connection: { local_port: said.port } });
      expect(found.accept).toMatchObject({ waiting: 3, backlog: 2, listener: { port } });
      const inode = Number(/\d+/.exec(readlinkSync(`/proc/${queues.child.pid}/ns/net`))![0]);
      expect(inode).not.toBe(Number(/\d+/.exec(readlinkSync('/proc/self/ns/net'))![0]));
      expect(found.receive!.connection!.netns_inode).toBe(inode);
      expect(found.accept!.listener!.netns_inode).toBe(inode);
    },
    { before },
  );
});

// Beside connections their programs call those of the check, where they are on the same tracepoints.
test.for([
  ['alone', ALONE],
  ['beside connections', BESIDE],
] as const)('no sample is lost between epochs, %s: many flips under load', async ([, features], context) => {
  const options = ['--set', 'tcp_queue_length.interval=100'];
  await withQueues(
    context,
    async ({ queues, end }) => {
      const { calls } = await queues.do('flip 6');
      const lines = await end();
      const { attempted, emitted, given, dropped, pending, lost } = sums(lines);
      const records = lines.filter(({ record }) => record === 'tcp_queue') as unknown as Queue[];
      const own = records.filter(({ cgroup }) => cgroup.path?.includes('conntrail-test') === true);
      expect(lost).toEqual({ map_full: 0, skipped: expect.any(Number), busy: 0, unread: 0 });
      expect(attempted).toBe(emitted + pending + lost.skipped!);
      expect(given + dropped).toBe(emitted);
      expect(records.reduce((sum, { samples }) => sum + samples, 0)).toBe(given);
      // Each call is there, once; what is beside comes from looks at all sockets, twice two queues of two sockets in each interval at most.
      const samples = own.reduce((sum, each) => sum + each.samples, 0);
      expect(samples).toBeGreaterThanOrEqual(calls - lost.skipped!);
      expect(samples).toBeLessThanOrEqual(calls + 8 * own.length);
      expect(own.length).toBeGreaterThan(20);
    },
    { options, features: [...features] },
  );
});

test('more cgroups than the bound: what has no place is counted, and the row closes', async (context) => {
  const options = [...OFTEN, '--set', 'tcp_queue_length.cgroups=1'];
  await withQueues(
    context,
    async ({ queues, end }) => {
      // Two cgroups: that of the process, and that of the test.
      const server = createServer().listen(0, '127.0.0.1');
      try {
        await queues.do('flip 1');
        await queues.do('slow 1000');
        await sleep(SETTLED_MS);
      } finally {
        server.close();
      }
      const lines = await end();
      const { attempted, emitted, pending, lost } = sums(lines);
      const found = lines.filter(({ record }) => record === 'tcp_queue');
      expect(found.length).toBeGreaterThan(1);
      expect(lost.map_full).toBeGreaterThan(0);
      const all = Object.values(lost).reduce((sum, each) => sum + each, 0);
      expect(attempted).toBe(emitted + pending + all);
      expect(lost.unread).toBe(0);
    },
    { options },
  );
});

test('a recording replays to the same records', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const recording = `${folder}/a.ctr`;
    const observer = await Observer.start(folder, ...ALONE, ...OFTEN, '--record', recording);
    await sleep(3 * INTERVAL_MS);
    expect((await observer.stop()).status).toBe(0);
    const told = readFileSync(observer.output, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"record":"tcp_queue"'));
    const replayed = await run('replay', '-o', 'ndjson', recording);
    expect(replayed.status, replayed.errors).toBe(0);
    const again = replayed.stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('{"record":"tcp_queue"'));
    expect(again).toEqual(told);
  });
});
