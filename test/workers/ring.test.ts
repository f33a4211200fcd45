import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameView } from '../../src/frames/frame-view.js';
import { FRAME } from '../../src/frames/layout.gen.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import {
  createRing,
  MIN_RING_BYTES,
  RING_HEADER_BYTES,
  ringCapacity,
  WORD_DROPPED_FRAMES,
  WORD_DROPPED_RECORDS,
  WORD_HEAD,
  WORD_MAGIC,
  WORD_WAITING,
} from '../../src/workers/ring-layout.js';
import { RingProducer } from '../../src/workers/ring-producer.js';

/** Positions close to where u32 wraps. */
const NEAR_WRAP = 0xffffffff - 4095;

function words(ring: SharedArrayBuffer): Int32Array {
  return new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
}

function text(frame: FrameView): string {
  return new TextDecoder().decode(frame.u8.slice(frame.start, frame.start + frame.length));
}

function drainAll(consumer: RingConsumer, take: (frame: FrameView) => void = () => {}): number {
  let sum = 0;
  for (let n = consumer.drain(7, take); n > 0; n = consumer.drain(7, take)) sum += n;
  return sum;
}

describe('createRing', () => {
  it.each([0, 1000, MIN_RING_BYTES - 8, MIN_RING_BYTES + 1, MIN_RING_BYTES / 2, 2 ** 27, Number.NaN, -65536])(
    'refuses %d bytes',
    (bytes) => {
      expect(() => createRing(bytes)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
    },
  );

  it('makes rings that both ends recognise', () => {
    expect(ringCapacity(createRing(MIN_RING_BYTES))).toBe(MIN_RING_BYTES);
    const foreign = createRing(MIN_RING_BYTES);
    words(foreign)[WORD_MAGIC] = 0;
    expect(() => new RingConsumer(foreign)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_RING_CORRUPT' }));
  });
});

describe('ring', () => {
  it('hands on header and payload as they were written', () => {
    const ring = createRing(MIN_RING_BYTES);
    const producer = new RingProducer(ring, 3);
    producer.bootLow = 7;
    producer.bootHigh = 9;
    producer.write(2, new TextEncoder().encode('payload'), 5);
    const seen: unknown[] = [];
    new RingConsumer(ring).drain(10, (frame) => {
      const { kind, source, seq, fresh, length, u32, start } = frame;
      const boot = (start - FRAME.size + FRAME.boot_ns) >>> 2;
      const bootNs = [...u32.subarray(boot, boot + 2)];
      seen.push({ kind, source, seq, fresh, length, bootNs, text: text(frame), aligned: frame.start % 8 });
    });
    expect(seen).toEqual([
      { kind: 2, source: 3, seq: 0, fresh: 5, length: 7, bootNs: [7, 9], text: 'payload', aligned: 0 },
    ]);
  });

  it('hands on frames of any kind but 0', () => {
    const ring = createRing(MIN_RING_BYTES);
    const producer = new RingProducer(ring, 0);
    for (const kind of [11, 0x0101, 0xffff]) producer.write(kind, new Uint8Array(8));
    const kinds: number[] = [];
    drainAll(new RingConsumer(ring), ({ kind }) => kinds.push(kind));
    expect(kinds).toEqual([11, 0x0101, 0xffff]);
  });

  it('keeps order and content over any mix of sizes, drains and laps, past 2^32', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ size: fc.nat(9000), drain: fc.nat(4) }), { maxLength: 200 }), (steps) => {
        const ring = createRing(MIN_RING_BYTES, NEAR_WRAP);
        const producer = new RingProducer(ring, 0);
        const consumer = new RingConsumer(ring);
        const expected: [seq: number, size: number][] = [];
        const got: [number, number][] = [];
        let written = 0;
        const take = (frame: FrameView): void => {
          const bytes = frame.u8.subarray(frame.start, frame.start + frame.length);
          expect(bytes.every((byte) => byte === (frame.seq & 0xff))).toBe(true);
          got.push([frame.seq, frame.length]);
        };
        for (const { size, drain } of steps) {
          if (producer.write(1, new Uint8Array(size).fill(written & 0xff))) expected.push([written, size]);
          written++;
          consumer.drain(drain, take);
        }
        drainAll(consumer, take);
        expect(got).toEqual(expected);
        expect(consumer.used).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('drops the newest frame when full, counts it, and leaves a gap as large as the counter', () => {
    const ring = createRing(MIN_RING_BYTES, NEAR_WRAP);
    const producer = new RingProducer(ring, 0);
    const consumer = new RingConsumer(ring);
    let next = 0;
    let gaps = 0;
    let fresh = 0;
    const take = (frame: FrameView): void => {
      gaps += frame.seq - next;
      next = frame.seq + 1;
      fresh += frame.fresh;
    };
    let produced = 0;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 40; i++, produced++) producer.write(1, new Uint8Array(4096), 23);
      drainAll(consumer, take);
    }
    producer.write(1, new Uint8Array(0));
    drainAll(consumer, take);
    const header = words(ring);
    expect(header[WORD_DROPPED_FRAMES]).toBeGreaterThan(0);
    expect(gaps).toBe(header[WORD_DROPPED_FRAMES]);
    expect(fresh + header[WORD_DROPPED_RECORDS]!).toBe(produced * 23);
  });

  it('takes a frame larger than the ring as an overflow', () => {
    const ring = createRing(MIN_RING_BYTES);
    expect(new RingProducer(ring, 0).write(1, new Uint8Array(MIN_RING_BYTES), 1)).toBe(false);
    expect(new RingProducer(ring, 0).write(1, new Uint8Array(MIN_RING_BYTES - FRAME.size), 1)).toBe(true);
    expect(drainAll(new RingConsumer(ring))).toBe(1);
  });

  it('fills an end too short for a header', () => {
    const ring = createRing(MIN_RING_BYTES);
    const producer = new RingProducer(ring, 0);
    const consumer = new RingConsumer(ring);
    producer.write(1, new Uint8Array(MIN_RING_BYTES - FRAME.size - 8));
    drainAll(consumer);
    expect(producer.write(1, Uint8Array.of(1, 2, 3))).toBe(true);
    const starts: number[] = [];
    drainAll(consumer, (frame) => starts.push(frame.start));
    expect(starts).toEqual([RING_HEADER_BYTES + FRAME.size]);
  });

  it('gives space back every 64 frames, not only at the end of a drain', () => {
    const ring = createRing(MIN_RING_BYTES);
    const producer = new RingProducer(ring, 0);
    const consumer = new RingConsumer(ring);
    const payload = new Uint8Array(496);
    while (producer.write(1, payload));
    let count = 0;
    let refilled = false;
    consumer.drain(1000, () => {
      if (++count === 65) refilled = producer.write(1, payload);
    });
    expect(refilled).toBe(true);
  });

  it('keeps a frame whose consumer failed', () => {
    const ring = createRing(MIN_RING_BYTES);
    const producer = new RingProducer(ring, 0);
    const consumer = new RingConsumer(ring);
    for (let i = 0; i < 3; i++) producer.write(1, new Uint8Array(8));
    const seen: number[] = [];
    expect(() =>
      consumer.drain(3, ({ seq }) => {
        if (seq === 1) throw new Error('no');
        seen.push(seq);
      }),
    ).toThrow('no');
    drainAll(consumer, ({ seq }) => seen.push(seq));
    expect(seen).toEqual([0, 1, 2]);
  });

  it.each<[string, (u32: Uint32Array, header: Int32Array) => void]>([
    ['a length beyond the head', (u32) => (u32[0] = 100_000)],
    ['a length that wraps', (u32) => (u32[0] = 0xfffffff0)],
    ['filler beyond the head', (u32) => (u32[0] = 0xffffffff)],
    ['kind 0', (u32) => (u32[1] = 0)],
    ['a head that is not aligned', (_, header) => (header[WORD_HEAD]! += 4)],
    ['a head beyond the capacity', (_, header) => (header[WORD_HEAD]! += MIN_RING_BYTES)],
    ['a head behind the tail', (_, header) => (header[WORD_HEAD] = -8)],
  ])('reports %s', (_, spoil) => {
    const ring = createRing(MIN_RING_BYTES);
    new RingProducer(ring, 0).write(1, new Uint8Array(40));
    spoil(new Uint32Array(ring, RING_HEADER_BYTES), words(ring));
    expect(() => new RingConsumer(ring).drain(10, () => {})).toThrow(
      expect.objectContaining({ code: 'CONNTRAIL_RING_CORRUPT' }),
    );
  });

  it('survives any bytes: a typed error or frames within the ring', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 512 }), fc.nat(64), (bytes, head) => {
        const ring = createRing(MIN_RING_BYTES);
        new Uint8Array(ring).set(bytes, RING_HEADER_BYTES);
        words(ring)[WORD_HEAD] = head * 8;
        try {
          new RingConsumer(ring).drain(100, ({ start, length }) => {
            expect(start + length).toBeLessThanOrEqual(ring.byteLength);
          });
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONNTRAIL_RING_CORRUPT' });
        }
      }),
    );
  });
});

describe('waiting', () => {
  it('wakes once per idle→busy edge', async () => {
    const ring = createRing(MIN_RING_BYTES);
    const producer = new RingProducer(ring, 0);
    const consumer = new RingConsumer(ring);
    let wakes = 0;
    const woken = new Promise<void>((resolve) => {
      expect(
        consumer.arm(() => {
          wakes++;
          resolve();
        }),
      ).toBe(true);
    });
    expect(words(ring)[WORD_WAITING]).toBe(1);
    producer.write(1, new Uint8Array(8));
    producer.write(1, new Uint8Array(8));
    await woken;
    expect(words(ring)[WORD_WAITING]).toBe(0);
    expect(drainAll(consumer)).toBe(2);
    expect(wakes).toBe(1);
  });

  it('says at once that there is something', () => {
    const ring = createRing(MIN_RING_BYTES);
    new RingProducer(ring, 0).write(1, new Uint8Array(8));
    expect(new RingConsumer(ring).arm(() => {})).toBe(false);
  });

  it('is not called for what is written quietly, which is there all the same', async () => {
    const ring = createRing(MIN_RING_BYTES);
    const producer = new RingProducer(ring, 0);
    const consumer = new RingConsumer(ring);
    const woken = new Promise<void>((resolve) => {
      expect(consumer.arm(resolve)).toBe(true);
    });
    producer.write(1, new Uint8Array(8), 0, true);
    expect(words(ring)[WORD_WAITING]).toBe(1);
    producer.write(1, new Uint8Array(8));
    await woken;
    expect(drainAll(consumer)).toBe(2);
    producer.write(1, new Uint8Array(8), 0, true);
    expect(consumer.arm(() => {})).toBe(false);
  });

  it('is not called after disarm', async () => {
    const ring = createRing(MIN_RING_BYTES);
    const consumer = new RingConsumer(ring);
    let wakes = 0;
    consumer.arm(() => wakes++);
    consumer.disarm();
    new RingProducer(ring, 0).write(1, new Uint8Array(8));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wakes).toBe(0);
  });
});
