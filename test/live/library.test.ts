/** The library as a program uses it: the built package, the running kernel. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type * as library from '../../src/index.js';
import type { Handles } from '../../src/native/index.js';
import type * as pool from '../../src/workers/reader-pool.js';
import type { NativeReaderTask } from '../../src/workers/reader-worker.js';
import type * as layout from '../../src/workers/ring-layout.js';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';

const TRANSPORTS = ['ring', 'perf'] as const;

/** Reader threads need compiled modules, so everything comes from there. */
function built<T>(path: string): Promise<T> {
  return import(`${CHECKOUT}dist/${path}`) as Promise<T>;
}

/** One connection of this process to itself: sends `sent`, gets `received` bytes back; the client's port. */
async function exchange(sent: number, received: number): Promise<number> {
  const server = createServer((socket) => {
    let got = 0;
    socket.on('data', (chunk) => {
      got += chunk.length;
      if (got === sent) socket.end(Buffer.alloc(received));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1', () => client.write(Buffer.alloc(sent)));
  const local = await new Promise<number>((resolve) => client.once('connect', () => resolve(client.localPort!)));
  await new Promise((resolve) => client.resume().once('close', resolve));
  await new Promise((resolve) => server.close(resolve));
  return local;
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Threads and descriptors, when they are as many as a moment before: the kernel lists a thread for a while after it has ended. */
async function atRest(): Promise<readonly [threads: number, descriptors: number]> {
  for (let last = ''; ; await sleep(100)) {
    const now = [threads(), descriptors()] as const;
    if (`${now}` === last) return now;
    last = `${now}`;
  }
}

describe.each(TRANSPORTS)('%s', (transport) => {
  test('traces this process’s own connections exactly, with every hook group proven', async (context) => {
    need(context, 'live', lacksLive());
    const { openTracer } = await built<typeof library>('index.js');
    await using tracer = await openTracer({ transport, filter: { pids: [process.pid] } });
    const connections = tracer.connections();
    expect((await tracer.ready).map(({ name, attached, proven, reason }) => [name, attached, proven, reason])).toEqual([
      ['tcp', true, true, ''],
      ['owner', true, true, ''],
      ['udp', true, true, ''],
      ['snapshot', true, true, ''],
    ]);
    const port = await exchange(10_007, 20_011);
    const ends: library.Connection[] = [];
    for await (const connection of connections) {
      if (connection.state === 'closed' && [connection.local.port, connection.remote?.port].includes(port)) {
        if (ends.push(connection) === 2) break;
      }
    }
    const outgoing = ends.find(({ direction }) => direction === 'outgoing');
    const incoming = ends.find(({ direction }) => direction === 'incoming');
    expect(outgoing).toMatchObject({
      local: { port },
      process: { pid: process.pid, source: 'connect' },
      total: { sent_bytes: 10_007, received_bytes: 20_011, closed: 1 },
    });
    expect(incoming).toMatchObject({
      remote: { port },
      process: { pid: process.pid },
      total: { sent_bytes: 20_011, received_bytes: 10_007, closed: 1 },
    });
  });

  test('leaves no thread and no descriptor behind', async (context) => {
    need(context, 'live', lacksLive());
    const { openTracer } = await built<typeof library>('index.js');
    await (await openTracer({ transport })).stop();
    const before = await atRest();
    for (let i = 0; i < 5; i++) {
      const tracer = await openTracer({ transport });
      await Promise.all([tracer.stop(), tracer.stop()]);
      await tracer.closed;
    }
    // The kernel lists a thread for a moment after it has ended.
    await expect.poll(() => [threads(), descriptors()]).toEqual(before);
  });
});

test('stops with its signal, and ends what subscribes', async (context) => {
  need(context, 'live', lacksLive());
  const { openTracer } = await built<typeof library>('index.js');
  const abort = new AbortController();
  const tracer = await openTracer({ signal: abort.signal });
  const completed = new Promise<void>((resolve) => tracer.connections$.subscribe({ complete: resolve }));
  abort.abort();
  await tracer.closed;
  await completed;
  await expect(openTracer({ signal: abort.signal })).rejects.toMatchObject({ code: 'CONNTRAIL_ABORTED' });
});

test('keeps its process alive, and lets it go after the stop', async (context) => {
  need(context, 'live', lacksLive());
  const program = `
    import { openTracer } from '${CHECKOUT}dist/index.js';
    const tracer = await openTracer();
    await tracer.ready;
    setTimeout(() => tracer.stop(), 600).unref();
    await tracer.closed;
    console.log('stopped');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stdout).toBe('stopped\n');
});

test('runs without UDP where there is no cgroup v2, and says so', async (context) => {
  need(context, 'live', lacksLive());
  const { openTracer } = await built<typeof library>('index.js');
  await using tracer = await openTracer({ cgroup: null });
  const groups = await tracer.ready;
  expect(groups.find(({ name }) => name === 'udp')).toMatchObject({
    attached: false,
    proven: false,
    reason: expect.stringMatching(/cgroup/),
  });
  expect(groups.find(({ name }) => name === 'tcp')).toMatchObject({ proven: true });
});

test('a reader that cannot run is a typed error, and its pool ends', async (context) => {
  need(context, 'live', lacksLive());
  const { ReaderPool } = await built<typeof pool>('workers/reader-pool.js');
  const { createRing } = await built<typeof layout>('workers/ring-layout.js');
  const [before] = await atRest();
  const task: NativeReaderTask = {
    ring: createRing(1 << 16),
    source: 0,
    stop: -1,
    sources: [
      {
        type: 'connections',
        // No handle is there: the reader finds nothing to map.
        handles: { programs: [] } as unknown as Handles,
        transport: 'ring',
        kernelBuffer: 4096,
        reader: 0,
        readers: 1,
        cpus: 1,
        pendingMs: 100,
      },
    ],
    intervalMs: 1000,
  };
  const failure = new Promise((resolve, reject) => {
    const readers = new ReaderPool([task], (error) => readers.stop(() => {}).then(() => resolve(error), reject));
  });
  await expect(failure).resolves.toMatchObject({
    code: 'CONNTRAIL_READER',
    message: expect.stringContaining('Reader 0'),
  });
  await expect.poll(threads).toBe(before);
});
