import { afterEach, expect, test, vi } from 'vitest';
import { Failures } from '../../src/cli/failures.js';
import { judge } from '../../src/cli/judge.js';
import { LedgerTally } from '../../src/cli/ledger-tally.js';
import type { Silence } from '../../src/ledger/generated/ledger.js';
import type { Output } from '../../src/sinks/output.js';
import { SeriesCounts } from '../../src/sinks/series-counts.js';
import { emptyAccount, emptyLedger } from '../support/ledger-record.js';

let told = '';
afterEach(() => {
  vi.restoreAllMocks();
  told = '';
});

/** The exit status of a run in which so many were lost, and udp was silent for a time or not. */
function status(lost: number, silence: Silence | null, maxLoss?: number, errors: Output['errors'] = []): number {
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text;
    return true;
  });
  const tally = new LedgerTally();
  tally.take({
    ...emptyLedger('h', 'b'),
    final: true,
    accounts: [{ ...emptyAccount('connections'), attempted: lost, lost: { buffer_full: lost } }],
    hooks: [{ feature: 'connections', group: 'udp', rung: 'cgroup', state: 'live', reattached: 1, silence }],
  });
  const counts = { written: new SeriesCounts(), refused: new SeriesCounts(), unread: new SeriesCounts() };
  const writer = {} as Output['writer'];
  const output: Output = { name: 'o', writer, ...counts, errors, idle: async () => {}, finish: async () => {} };
  return judge(tally, [output], new Failures(), maxLoss);
}

const SILENCE = { since: 0, until: 5e6 };

test('a run whose hooks were silent for a time is degraded, and its last lines say when', () => {
  expect(status(0, SILENCE)).toBe(5);
  expect(told.replaceAll(/\nconntrail: {3}/g, ' ')).toContain(
    'conntrail: udp was silent from 1970-01-01T00:00:00Z to 1970-01-01T00:00:05Z: what it missed is not known',
  );
});

test('where a loss was forbidden, nobody can say that there was none', () => {
  expect(status(0, SILENCE, 100)).toBe(6);
  expect(told).toContain(
    'nobody knows whether more than --max-loss 100 were lost: udp had gone silent [CONNTRAIL_LOSS]',
  );
});

test('a loss that is known is told as what it is', () => {
  expect(status(7, SILENCE, 6)).toBe(6);
  expect(told).toContain('7 were lost, more than --max-loss 6');
  expect(told).not.toContain('nobody knows');
});

test('a run without a silence is judged by its losses alone', () => {
  expect(status(7, null)).toBe(0);
  expect(status(7, null, 7)).toBe(0);
  expect(status(7, null, 6)).toBe(6);
});
