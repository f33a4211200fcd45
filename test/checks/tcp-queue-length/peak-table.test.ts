import { expect, test } from 'vitest';
import { PEAK, PEAKS } from '../../../src/checks/tcp-queue-length/layout.gen.js';
import { PeakTable, samplesOf } from '../../../src/checks/tcp-queue-length/source/peak-table.js';
import { type PeakFields, type PeaksFields, peaks } from './queue-bytes.js';

function merged(...readings: PeaksFields[]): Uint8Array {
  const table = new PeakTable();
  for (const each of readings) table.add(1n, peaks(each));
  return [...table][0]![1];
}

const pid = (bytes: Uint8Array, kind: 'receive' | 'send' | 'accept'): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(PEAKS[`${kind}_pid`], true);

test('of several readings the fuller, of their samples the sum; each kind for itself', () => {
  const one = {
    receive: { samples: 3, permille: 10, queued: 9, pid: 1 },
    send: { samples: 1, permille: 7, queued: 1, pid: 1 },
  };
  const other = {
    receive: { samples: 4, permille: 20, queued: 2, pid: 2 },
    send: { samples: 2, permille: 6, queued: 9, pid: 2 },
  };
  for (const bytes of [merged(one, other), merged(other, one)]) {
    expect([pid(bytes, 'receive'), pid(bytes, 'send'), pid(bytes, 'accept')]).toEqual([2, 1, 0]);
    expect(samplesOf(bytes)).toBe(10);
  }
});

test('what is below 1 ‰ is more than nothing; of two as full it is the one that was before', () => {
  const little: PeakFields = { permille: 0, queued: 1, pid: 1, bootNs: 9 };
  expect(pid(merged({ accept: {} }, { accept: little }), 'accept')).toBe(1);
  expect(pid(merged({ accept: little }, { accept: {} }), 'accept')).toBe(1);
  const before: PeakFields = { ...little, pid: 2, bootNs: 8 };
  expect(pid(merged({ accept: little }, { accept: before }), 'accept')).toBe(2);
  expect(pid(merged({ accept: before }, { accept: little }), 'accept')).toBe(2);
});

test('the bytes that were added may be used again', () => {
  const table = new PeakTable();
  const bytes = peaks({ receive: { samples: 5 } });
  table.add(1n, bytes);
  bytes.fill(0);
  expect(table.samples).toBe(5);
  expect(PEAK.size * 3).toBe(PEAKS.size);
});
