/** When a source in TypeScript wakes the consumer of its ring. */
import { expect, test } from 'vitest';
import { FactPort } from '../../src/workers/fact-port.js';
import { createRing, MIN_RING_BYTES, WORD_HEAD, WORD_WAITING } from '../../src/workers/ring-layout.js';
import { RingProducer } from '../../src/workers/ring-producer.js';

/** A port whose consumer sleeps, and again after each wake. */
function sleeping() {
  const ring = createRing(MIN_RING_BYTES);
  const words = new Int32Array(ring);
  const port = new FactPort(new RingProducer(ring, 0), 3, () => 7n);
  return {
    port,
    written: () => words[WORD_HEAD]!,
    /** Whether it was woken since the last time. */
    woken: () => Atomics.exchange(words, WORD_WAITING, 1) === 0,
  };
}

test('once for all that a poll writes, at its end', () => {
  const { port, woken, written } = sleeping();
  woken();
  for (let i = 0; i < 20; i++) expect(port.write(900, new Uint8Array(100))).toBe(true);
  expect(woken()).toBe(false);
  expect(written()).toBeGreaterThan(2000);
  port.settle(7n);
  expect(woken()).toBe(true);
});

test('not for a poll that found nothing', () => {
  const { port, woken } = sleeping();
  woken();
  port.settle(7n);
  expect(woken()).toBe(false);
});

test('in the middle of a large one, long before there is no room', () => {
  const { port, woken, written } = sleeping();
  woken();
  let wakes = 0;
  while (port.write(900, new Uint8Array(1000))) if (woken()) wakes++;
  expect(written()).toBeGreaterThan(MIN_RING_BYTES * 0.9);
  expect(wakes).toBeGreaterThanOrEqual(6);
  // There was no room: what is there is taken.
  expect(woken()).toBe(true);
});
