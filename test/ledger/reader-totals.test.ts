import { describe, expect, it } from 'vitest';
import { FRAME_KIND } from '../../src/frames/layout.gen.js';
import { READER_FIELDS, ReaderTotals } from '../../src/ledger/reader-totals.js';
import { type CounterFields, countersPayload, frame } from '../support/frames.js';

function accept(totals: ReaderTotals, fields: CounterFields): boolean {
  return totals.accept(frame(FRAME_KIND.counters, countersPayload(fields)));
}

describe('ReaderTotals', () => {
  it('sums the latest counters of every reader, field by field', () => {
    const totals = new ReaderTotals();
    const numbers = Object.fromEntries(READER_FIELDS.map((field, i) => [field, 2 ** 40 + i]));
    accept(totals, { reader: 0, readers: 2, attempted: 1, dropped: 9 });
    accept(totals, { reader: 0, readers: 2, ...numbers });
    accept(totals, { reader: 1, readers: 2, ...numbers });
    expect(totals.sums()).toEqual(Object.fromEntries(READER_FIELDS.map((field, i) => [field, 2 * (2 ** 40 + i)])));
  });

  it('knows how far the slowest reader has come, and when all have ended', () => {
    const totals = new ReaderTotals();
    expect([totals.readNs, totals.final]).toEqual([-1, false]);
    accept(totals, { reader: 1, readers: 2, boot_ns: 5, final: 1 });
    expect([totals.readNs, totals.final]).toEqual([-1, false]);
    accept(totals, { reader: 0, readers: 2, boot_ns: 3 });
    expect([totals.readNs, totals.final]).toEqual([3, false]);
    accept(totals, { reader: 0, readers: 2, boot_ns: 7, final: 1 });
    expect([totals.readNs, totals.final]).toEqual([5, true]);
  });

  it('refuses what cannot be', () => {
    const totals = new ReaderTotals();
    expect(totals.accept(frame(FRAME_KIND.counters, new Uint8Array(160)))).toBe(false);
    expect(accept(totals, { reader: 1024 })).toBe(false);
    expect(accept(totals, { reader: 0, readers: 0xffffffff })).toBe(true);
    expect(totals.readNs).toBe(-1);
  });
});
