/** Closes that wait for facts: real readers of both, marks between them, and the pump's order. The facts are those of a feature of the test's. */
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type * as connections from '../../src/connections/feature.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { CORE_KIND, FRAME, MARK, UNORDERED } from '../../src/frames/layout.gen.js';
import type * as loading from '../../src/kernel/load-features.js';
import type { Feature } from '../../src/pipeline/feature.js';
import type { Stage } from '../../src/pipeline/stage.js';
import type * as tracing from '../../src/tracer.js';
import type * as settings from '../../src/tracer-options.js';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';

const TRANSPORT = 'perf';
const CONNECTIONS = 1;
const FOREVER = 2n ** 64n - 1n;

function built<T>(path: string): Promise<T> {
  return import(`${CHECKOUT}dist/${path}`) as Promise<T>;
}

/** It reads a ring into which nobody writes: the one that connections leave alone while they leave by perf buffers. */
const SILENT: Feature = {
  name: 'silent',
  id: 0x7e,
  title: 'nothing',
  unit: 'facts',
  layout: '',
  kinds: [],
  causes: [],
  notes: [],
  discards: ['invalid_frame'],
  records: [],
  hooks: [],
  byDefault: false,
  options: z.unknown(),
  after: [],
  stage: (): Stage => ({
    inputs: [],
    joins: [],
    attach() {},
    detach() {},
    clock() {},
    flush() {},
    statistics: {},
    close() {},
  }),
  live: () => Promise.reject(new Error('it is loaded by the test')),
};

interface Told {
  /** Units of connections in frames, and in UNORDERED frames. */
  fresh: number;
  unordered: number;
  marks: bigint[];
  /** Frames of connections that were taken before their mark, and not told to be. */
  early: number;
  /** Whether the last mark was one for good. */
  final: boolean;
}

/** Traces `count` connections of this process with such a feature before them. */
async function trace(count: number, rings?: string): Promise<Told> {
  const { CONNECTIONS: feature } = await built<typeof connections>('connections/feature.js');
  const { loadFeatures, LoadedFeatures } = await built<typeof loading>('kernel/load-features.js');
  const { Tracer } = await built<typeof tracing>('tracer.js');
  const { resolveTracerOptions } = await built<typeof settings>('tracer-options.js');

  const told: Told = { fresh: 0, unordered: 0, marks: [], early: 0, final: false };
  let lowest = 0n;
  let warned = 0;
  const recorder = ({ kind, fresh, u8, u32, start }: FrameView): void => {
    const data = new DataView(u8.buffer, u8.byteOffset);
    if (kind === CORE_KIND.mark) {
      lowest = data.getBigUint64(start + MARK.boot_ns, true);
      told.marks.push(lowest);
    } else if (kind === CORE_KIND.unordered) {
      expect(u32[(start + UNORDERED.feature) >>> 2]).toBe(CONNECTIONS);
      warned = u32[(start + UNORDERED.units) >>> 2]!;
      told.unordered += warned;
    } else if (kind >>> 8 === CONNECTIONS) {
      const late = data.getBigUint64(start - FRAME.size + FRAME.boot_ns, true) > lowest;
      if (late && fresh !== warned) told.early++;
      told.fresh += fresh;
      warned = 0;
    }
  };
  const options = resolveTracerOptions({ transport: TRANSPORT, recorder });
  const loaded = loadFeatures(
    [{ feature: feature as Feature, options, live: await (feature as Feature).live(), essential: true }],
    { cgroup: undefined },
  );
  const traced = loaded.features[0]!;
  const source = traced.sources.find(({ type }) => type === 'connections');
  const map = source?.type === 'connections' ? source.handles.ring : -1;
  const silent = {
    ...traced,
    feature: SILENT,
    options: {},
    groups: [],
    switch: null,
    sources: [{ type: 'ring', ring: 'facts', map, counters: -1 } as const],
  };
  const features = [silent, { ...traced, feature: { ...traced.feature, after: [SILENT.name] } }];
  const tracer = new Tracer(
    options,
    new LoadedFeatures(loaded.native, features, features, []),
    rings ? { rings } : undefined,
  );
  await tracer.begin();
  await tracer.ready;
  await exchange(count);
  await tracer.stop();
  told.final = told.marks.at(-1) === FOREVER;
  return told;
}

/** So many connections of this process to itself, one after the other. */
async function exchange(count: number): Promise<void> {
  const server = createServer((socket) => socket.end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => connect(port, '127.0.0.1').resume().once('close', resolve));
  }
  await new Promise((resolve) => server.close(resolve));
}

test('readers of connections ask for marks, and their frames are taken after them', async (context) => {
  need(context, 'live', lacksLive());
  const { fresh, unordered, marks, early, final } = await trace(2000);
  expect(fresh).toBeGreaterThanOrEqual(4000);
  expect(early).toBe(0);
  expect(marks.length).toBeGreaterThan(5);
  expect(final).toBe(true);
  // A thread may be kept from its CPU for longer than frames wait; that is told, and rare.
  expect(unordered).toBeLessThan(fresh / 4);
});

test('a reader of facts that is late by more than frames wait is told of, in units, and nothing is lost', async (context) => {
  need(context, 'live', lacksLive());
  process.env.SLOW_READER_MS = '400';
  process.env.SLOW_READER_LEAST = '200';
  const { fresh, unordered, early, final } = await trace(2000, `${CHECKOUT}test/live/support/slow-reader.mjs`);
  expect(fresh).toBeGreaterThanOrEqual(4000);
  expect(early).toBe(0);
  expect(unordered).toBeGreaterThan(0);
  expect(final).toBe(true);
});
