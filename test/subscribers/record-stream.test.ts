import type { Observable } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connections/generated/connection.js';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import type { RecordType } from '../../src/encoding/record-type.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import { RecordQueue } from '../../src/subscribers/record-queue.js';
import { recordStream } from '../../src/subscribers/record-stream.js';
import { connectionPipeline } from '../support/connection-pipeline.js';
import { conn, FrameStream, openConn } from '../support/frames.js';

const S = 1e9;

let pipeline: Pipeline;
let stream: FrameStream;
let end: { resolve: () => void; reject: (error: Error) => void };
let ended: Promise<void>;

beforeEach(() => {
  pipeline = connectionPipeline({ host: 'h', bootId: 'b', maxConnections: 4096 });
  stream = new FrameStream((view) => pipeline.push(view));
  ended = new Promise((resolve, reject) => {
    end = { resolve, reject };
  });
  stream.clock(S);
});

function connections$(): Observable<readonly Connection[]> {
  return recordStream(CONNECTION as RecordType, (client) => pipeline.addClient(client), ended);
}

function closes(first: number, count: number): void {
  for (let cookie = first; cookie < first + count; cookie++) stream.single(0, conn({ cookie, sent_bytes: cookie }));
}

function queue(
  limit: number,
  signal?: AbortSignal,
): { queue: RecordQueue<Connection>; ends: RecordQueue<Connection>[] } {
  const ends: RecordQueue<Connection>[] = [];
  return { queue: new RecordQueue(connections$(), limit, signal, (queue) => ends.push(queue)), ends };
}

describe('recordStream', () => {
  it('emits what came until the source ran dry, as one batch of typed objects', () => {
    const batches: (readonly Connection[])[] = [];
    connections$().subscribe((batch) => batches.push(batch));
    closes(1, 3);
    expect(batches).toEqual([]);
    pipeline.drained();
    pipeline.drained();
    expect(batches.map((batch) => batch.map(({ cookie }) => cookie))).toEqual([[1, 2, 3]]);
    expect(batches[0]![2]).toMatchObject({
      host: 'h',
      seq: 3,
      protocol: 'tcp',
      state: 'closed',
      local: { address: '127.0.0.1', port: 40000 },
      process: { pid: 100, name: 'curl', source: 'connect' },
      delta: { sent_bytes: 3, closed: 1 },
      failure: null,
      rtt_min_us: null,
    });
  });

  it('emits at a flush, and when a batch is full', () => {
    let records = 0;
    connections$().subscribe((batch) => {
      records += batch.length;
    });
    closes(1, 600);
    expect(records).toBe(512);
    stream.flush(2 * S);
    expect(records).toBe(600);
  });

  it('gives each subscription its own deltas', () => {
    const first: number[] = [];
    const second: number[] = [];
    const collect = (into: number[]) => (batch: readonly Connection[]) =>
      into.push(...batch.map(({ delta }) => delta.sent_bytes));
    connections$().subscribe(collect(first));
    stream.snapshot(S, 1, [openConn({ sent_bytes: 5 })]);
    connections$().subscribe(collect(second));
    stream.snapshot(2 * S, 2, [openConn({ sent_bytes: 7 })]);
    stream.flush(2 * S);
    expect([first, second]).toEqual([[5, 2], [7]]);
  });

  it('is no client after it was left', () => {
    const subscription = connections$().subscribe();
    expect(pipeline.statistics.clients).toHaveLength(1);
    subscription.unsubscribe();
    pipeline.drained();
    expect(pipeline.statistics.clients).toHaveLength(0);
  });

  it('completes when the tracer stops, the last records first, and fails with what ended it', async () => {
    const events: string[] = [];
    connections$().subscribe({
      next: (batch) => events.push(`${batch.length}`),
      complete: () => events.push('complete'),
    });
    closes(1, 2);
    end.resolve();
    await ended;
    expect(events).toEqual(['2', 'complete']);
    ended = Promise.reject(new Error('reader'));
    const failed = new Promise((resolve) => connections$().subscribe({ error: resolve }));
    await expect(failed).resolves.toMatchObject({ message: 'reader' });
  });
});

describe('RecordQueue', () => {
  it('hands out connections one by one until the tracer stops', async () => {
    const { queue: connections, ends } = queue(10);
    closes(1, 3);
    pipeline.drained();
    setTimeout(() => {
      closes(4, 1);
      end.resolve();
    }, 5);
    const cookies: unknown[] = [];
    for await (const { cookie } of connections) cookies.push(cookie);
    expect(cookies).toEqual([1, 2, 3, 4]);
    expect(ends).toEqual([connections]);
    await expect(connections.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('drops the newest beyond its limit and counts them', async () => {
    const { queue: connections } = queue(5);
    closes(1, 4);
    pipeline.drained();
    closes(5, 4);
    pipeline.drained();
    expect(connections.dropped).toBe(3);
    end.resolve();
    const cookies: unknown[] = [];
    for await (const { cookie } of connections) cookies.push(cookie);
    expect(cookies).toEqual([1, 2, 3, 4, 5]);
  });

  it('ends its subscription when the loop is left', async () => {
    const { queue: connections, ends } = queue(10);
    closes(1, 3);
    pipeline.drained();
    for await (const { cookie } of connections) if (cookie === 2) break;
    pipeline.drained();
    expect(pipeline.statistics.clients).toEqual([]);
    expect(ends).toHaveLength(1);
  });

  it('ends with its signal, aborted before or later', async () => {
    const abort = new AbortController();
    const { queue: connections } = queue(10, abort.signal);
    const next = connections.next();
    abort.abort();
    await expect(next).resolves.toMatchObject({ done: true });
    const late = queue(10, abort.signal);
    expect(late.queue.ended).toBe(true);
    await expect(late.queue.next()).resolves.toMatchObject({ done: true });
    pipeline.drained();
    expect(pipeline.statistics.clients).toEqual([]);
  });

  it('throws what ended the tracer, after what came before', async () => {
    const { queue: connections } = queue(10);
    closes(1, 1);
    pipeline.drained();
    end.reject(new Error('reader'));
    await expect(connections.next()).resolves.toMatchObject({ value: { cookie: 1 } });
    await expect(connections.next()).rejects.toThrow('reader');
    await expect(connections.next()).resolves.toMatchObject({ done: true });
  });
});
