import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KIND } from '../../src/connections/layout.gen.js';
import type { FrameSource } from '../../src/frames/frame-source.js';
import { type FrameView, PUMP } from '../../src/frames/frame-view.js';
import { CORE_KIND, FLUSH } from '../../src/frames/layout.gen.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import { Pump, type PumpOptions } from '../../src/pump/pump.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import { createRing, MIN_RING_BYTES, RING_HEADER_BYTES, WORD_WAITING } from '../../src/workers/ring-layout.js';
import { RingProducer } from '../../src/workers/ring-producer.js';
import { connectionPipeline } from '../support/connection-pipeline.js';
import { batchPayload, clockPayload, conn, selftestPayload } from '../support/frames.js';
import { ListWriter } from '../support/list-writer.js';

const MS = 1e6;

let rings: SharedArrayBuffer[];
let producers: RingProducer[];
let writer: ListWriter;
let pipeline: Pipeline;
let seen: { kind: number; source: number; seq: number }[];
let failures: unknown[];
let pump: Pump;

function make(options: Partial<PumpOptions> = {}): Pump {
  return new Pump({
    sources: rings.map((ring) => new RingConsumer(ring)),
    pipeline,
    intervalMs: 1000,
    recorder: ({ kind, source, seq }) => seen.push({ kind, source, seq }),
    failed: (error) => failures.push(error),
    ...options,
  });
}

beforeEach(() => {
  rings = [createRing(1 << 22), createRing(1 << 22)];
  producers = rings.map((ring, i) => new RingProducer(ring, i));
  writer = new ListWriter();
  pipeline = connectionPipeline({ host: 'h', bootId: 'b', maxConnections: 100_000, clients: [writer.client] });
  seen = [];
  failures = [];
  pump = make();
});
afterEach(() => pump.stop());

function close(source: number, id: number, cookies: readonly number[]): void {
  producers[source]!.write(
    KIND.pending,
    batchPayload(
      source,
      id,
      cookies.map((cookie) => conn({ cookie })),
      true,
    ),
    cookies.length,
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('Pump', () => {
  it('takes what is there and what comes, from every ring, and wakes up for it', async () => {
    close(0, 1, [1, 2]);
    pump.start();
    await until(() => writer.closed.length === 2);
    const words = new Int32Array(rings[1]!, 0, RING_HEADER_BYTES >>> 2);
    await until(() => Atomics.load(words, WORD_WAITING) === 1);
    close(1, 1, [3]);
    await until(() => writer.closed.length === 3);
    await until(() => writer.pushes > 1);
    expect(pump.frames).toBe(2);
  });

  it('drains everything before it stops, then writes the final flush', async () => {
    pump.start();
    for (let id = 1; id <= 600; id++) close(id % 2, id, [id]);
    producers[0]!.write(CORE_KIND.clock, clockPayload(5000 * MS));
    await pump.stop();
    expect(writer.closed).toHaveLength(600);
    expect(writer.ledgers).toMatchObject([{ final: true, accounts: [{ given: 600 }] }]);
    expect(seen.at(-1)).toMatchObject({ kind: CORE_KIND.flush, source: PUMP });
  });

  it('records every frame in the order in which the pipeline sees it, its own among them', async () => {
    const pushed: { kind: number; source: number; seq: number }[] = [];
    pump = make({
      pipeline: {
        push: ({ kind, source, seq }: FrameView) => pushed.push({ kind, source, seq }),
        drained: () => {},
        creditOpen: true,
      },
    });
    pump.inject(CORE_KIND.selftest, selftestPayload([{ cookie: 1, group: 1 }]));
    pump.start();
    for (let ms = 0; ms <= 3000; ms += 1000) {
      close(0, ms, [ms]);
      producers[0]!.write(CORE_KIND.clock, clockPayload(ms * MS));
      close(0, ms + 1, [ms]);
    }
    await pump.stop();
    expect(pushed).toEqual(seen);
    const { clock, flush, selftest } = CORE_KIND;
    const { pending } = KIND;
    expect(seen.map(({ kind }) => kind)).toEqual([
      selftest,
      ...[pending, clock, pending],
      ...[pending, clock, flush, pending],
      ...[pending, clock, flush, pending],
      ...[pending, clock, flush, pending],
      flush,
    ]);
    expect(seen.filter(({ source }) => source === PUMP).map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
  });

  it('stamps flushes with the clock frame’s time, all 64 bits, and says when deltas must wait', async () => {
    const flushes: { bootNs: bigint; final: number; deltas: number }[] = [];
    pump = make({
      recorder: ({ kind, u8, start }) => {
        if (kind !== CORE_KIND.flush) return;
        const view = new DataView(u8.buffer, u8.byteOffset + start, FLUSH.size);
        flushes.push({
          bootNs: view.getBigUint64(FLUSH.boot_ns, true),
          final: view.getUint32(FLUSH.final, true),
          deltas: view.getUint32(FLUSH.deltas, true),
        });
      },
    });
    const late = 2n ** 62n + 12345n;
    producers[0]!.write(CORE_KIND.clock, clockPayload(1));
    producers[0]!.write(CORE_KIND.clock, clockPayload(late));
    writer.backlog = 1 << 30;
    pump.start();
    await until(() => flushes.length === 1);
    writer.backlog = 0;
    await pump.stop();
    expect(flushes).toEqual([
      { bootNs: late, final: 0, deltas: 0 },
      { bootNs: late, final: 1, deltas: 1 },
    ]);
  });

  it('writes a frame that is injected during an emission right after it', async () => {
    let injected = false;
    pump = make({
      recorder: ({ kind, source, seq }) => {
        seen.push({ kind, source, seq });
        if (injected) return;
        injected = true;
        pump.inject(CORE_KIND.selftest, selftestPayload([{ cookie: 1, group: 1 }]));
      },
    });
    close(0, 1, [1]);
    close(0, 2, [2]);
    pump.start();
    await until(() => seen.length === 3);
    expect(seen.map(({ kind }) => kind)).toEqual([KIND.pending, CORE_KIND.selftest, KIND.pending]);
  });

  it('lets the event loop run while it is busy', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    for (let id = 1; id <= 10_000; id++) close(0, id, [id]);
    pump.start();
    await until(() => pump.frames === 10_000);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });

  it('reports a failure once and stands still', async () => {
    pump.start();
    const spoiled = new Uint32Array(rings[1]!, RING_HEADER_BYTES);
    producers[1]!.write(CORE_KIND.clock, clockPayload(1));
    spoiled[1] = 0;
    await until(() => failures.length > 0);
    close(0, 1, [1]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await pump.stop();
    expect(failures).toMatchObject([{ code: 'CONNTRAIL_RING_CORRUPT' }]);
    expect(writer.ledgers).toEqual([]);
    expect(writer.closed).toEqual([]);
  });

  it('may be stopped without having been started, and twice', async () => {
    await pump.stop();
    pump.start();
    await pump.stop();
    await pump.stop();
    expect(writer.ledgers).toHaveLength(1);
  });

  it('is the smallest ring’s pump, too', async () => {
    rings = [createRing(MIN_RING_BYTES)];
    producers = [new RingProducer(rings[0]!, 0)];
    pump = make();
    pump.start();
    for (let id = 1; id <= 1000; id++) {
      close(0, id, [id]);
      if (id % 50 === 0) await until(() => pump.frames >= id);
    }
    await pump.stop();
    expect(writer.closed).toHaveLength(1000);
  });

  it('waits while the recorder is busy, also when it stops, and takes everything then', async () => {
    let busy = true;
    let asked = 0;
    pump = make({
      recorderBusy: () => {
        asked++;
        return busy;
      },
    });
    pump.start();
    close(0, 1, [1, 2, 3]);
    await until(() => asked > 3);
    expect(seen).toEqual([]);
    const stopped = pump.stop();
    const before = asked;
    await until(() => asked > before + 1);
    expect(seen).toEqual([]);
    busy = false;
    await stopped;
    expect(seen.map(({ kind }) => kind)).toEqual([KIND.pending, CORE_KIND.flush]);
    expect(failures).toEqual([]);
  });

  it('serves every source in turn, however many there are and whatever the first ones bring', async () => {
    // More than one turn can serve a slice each, and those before the last never run dry.
    const served: number[] = [];
    const endless = (source: number): FrameSource => ({
      drain: (limit, emit) => {
        served.push(source);
        for (let i = 0; i < limit; i++) emit(frame(CORE_KIND.clock, source));
        return limit;
      },
      arm: () => false,
      disarm: () => {},
    });
    const pipeline = { push: () => {}, drained: () => {}, creditOpen: true };
    pump = make({ sources: Array.from({ length: 40 }, (_, i) => endless(i)), recorder: undefined, pipeline });
    pump.start();
    await until(() => served.length > 400);
    pump.abandon();
    const times = Array.from({ length: 40 }, (_, source) => served.filter((other) => other === source).length);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
    expect(served.slice(0, 80)).toEqual([...Array(80).keys()].map((i) => i % 40));
  });

  it('gives the same share to a source that comes after one that brings a lot', async () => {
    for (let id = 1; id <= 2000; id++) close(0, id, [id]);
    for (let id = 1; id <= 500; id++) close(1, id, [10_000 + id]);
    pump.start();
    await until(() => seen.length >= 1000);
    // As long as both have something, each has had as much as the other, give or take a slice.
    const ofSecond = seen.slice(0, 992).filter(({ source }) => source === 1).length;
    expect(Math.abs(ofSecond - 496)).toBeLessThanOrEqual(16);
    await pump.stop();
    expect(seen.filter(({ kind }) => kind === KIND.pending)).toHaveLength(2500);
  });

  it.each([
    ['recorder', { recorder: () => refuse() }],
    ['pipeline', { pipeline: { push: () => refuse(), drained: () => {}, creditOpen: true } }],
  ] as const)('fails once when the %s throws at a frame that is injected, and still stops', async (_, options) => {
    pump = make(options);
    pump.start();
    pump.inject(CORE_KIND.selftest, selftestPayload([{ cookie: 1, group: 1 }]));
    pump.inject(CORE_KIND.selftest, selftestPayload([{ cookie: 2, group: 1 }]));
    await pump.stop();
    expect(failures).toEqual([new Error('refused')]);
    expect(pump.failed).toBe(true);
  });

  it('refuses an injected frame that is too large, and goes on', async () => {
    pump.start();
    expect(() => pump.inject(CORE_KIND.selftest, new Uint8Array(4104))).toThrow(RangeError);
    pump.inject(CORE_KIND.selftest, selftestPayload([{ cookie: 1, group: 1 }]));
    await pump.stop();
    expect(seen.map(({ kind }) => kind)).toEqual([CORE_KIND.selftest, CORE_KIND.flush]);
    expect(writer.ledgers).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('fails, and does not stand still silently, when it cannot ask whether the recorder is busy', async () => {
    pump = make({ recorderBusy: () => refuse() });
    pump.start();
    await until(() => failures.length > 0);
    await pump.stop();
    expect(failures).toEqual([new Error('refused')]);
  });

  it('leaves a recorder that stays busy while it ends, and gives everybody else what there is', async () => {
    const left: unknown[] = [];
    pump = make({ recorderBusy: () => true, recorderPatienceMs: 100, recorderLeft: (error) => left.push(error) });
    pump.start();
    close(0, 1, [1, 2, 3]);
    await pump.stop();
    expect(left).toMatchObject([{ code: 'CONNTRAIL_BEHIND' }]);
    expect(seen).toEqual([]);
    expect(writer.closed).toHaveLength(3);
    expect(writer.ledgers).toMatchObject([{ final: true }]);
    expect(failures).toEqual([]);
  });
});

function refuse(): never {
  throw new Error('refused');
}

function frame(kind: number, source: number): FrameView {
  const memory = new ArrayBuffer(64);
  const view = { kind, source, seq: 0, fresh: 0, start: 0, length: 8 };
  return { ...view, u8: new Uint8Array(memory), u32: new Uint32Array(memory) };
}
