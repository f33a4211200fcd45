import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import {
  encodeLedger,
  MAX_LEDGER_BYTES,
  MAX_LEDGER_JSON_BYTES,
  writeLedgerJson,
} from '../../src/ledger/generated/ledger-encoder.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import { emptyAccount, emptyLedger } from '../support/ledger-record.js';
import { randomLedger } from './random-ledger.js';

const type = avro.Type.forSchema(JSON.parse(LEDGER.schema));
const out = Buffer.alloc(MAX_LEDGER_JSON_BYTES);

/** Every number of the record at the far end of its range. */
function extreme(record: Ledger): Ledger {
  const most = (value: unknown): unknown => {
    if (typeof value === 'number') return Number.MIN_SAFE_INTEGER + 1;
    if (value === null) return Number.MIN_SAFE_INTEGER + 1;
    // One of a few words, and the longest of them.
    if (value === 'silent') return value;
    if (typeof value === 'string') return '\u0001'.repeat(32);
    if (Array.isArray(value)) return value.map(most);
    if (typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, most(inner)]));
  };
  return { ...(most(record) as Ledger), host: '\u0001'.repeat(255), boot_id: '\u0001'.repeat(64) };
}

describe('the ledger encoders', () => {
  it('write the bytes of avsc', () => {
    for (let seed = 0; seed < 500; seed++) {
      const record = randomLedger(seed);
      expect(out.subarray(0, encodeLedger(out, 0, record))).toEqual(type.toBuffer(record));
    }
  });

  it('write the same values as one line of NDJSON, the record type first', () => {
    for (let seed = 0; seed < 200; seed++) {
      const record = randomLedger(seed);
      const line = out.toString('utf8', 0, writeLedgerJson(out, 0, record));
      const time = (us: number) =>
        new Date(Math.floor(us / 1000)).toISOString().replace('Z', `${String(us % 1000).padStart(3, '0')}Z`);
      const interval = { start: time(record.interval.start), end: time(record.interval.end) };
      const hooks = record.hooks.map(({ silence, ...rest }) => ({
        ...rest,
        silence: silence && { since: time(silence.since), until: silence.until && time(silence.until) },
      }));
      expect(line).toBe(`${JSON.stringify({ record: 'ledger', ...record, interval, hooks })}\n`);
    }
  });

  it('stay within their bounds', () => {
    const names = (most: number, first: string) =>
      Object.fromEntries(Array.from({ length: most }, (_, i) => [(first + i).padEnd(32, '\u0001'), 0]));
    const series = Array.from({ length: 8 }, () => ({ record: '', first_seq: null, last_seq: null }));
    const maps = { lost: names(8, 'l'), discarded: names(16, 'd'), notes: names(16, 'n') };
    const record = extreme({
      ...emptyLedger('', ''),
      accounts: Array.from({ length: 32 }, () => ({ ...emptyAccount(''), series, ...maps })),
      hooks: Array.from({ length: 128 }, () => ({
        ...{ feature: '', group: '', rung: '', state: 'silent' as const, reattached: 0 },
        silence: { since: 0, until: 0 },
      })),
    });
    expect(encodeLedger(out, 0, record)).toBeLessThanOrEqual(MAX_LEDGER_BYTES);
    expect(writeLedgerJson(out, 0, record)).toBeLessThanOrEqual(MAX_LEDGER_JSON_BYTES);
  });
});
