import { expect, test } from 'vitest';
import { silenceText } from '../../src/cli/silence-text.js';
import type { Ledger, Silence } from '../../src/ledger/generated/ledger.js';
import { joinLedgers } from '../../src/ledger/join-ledgers.js';
import { isSilenceSound, Silences } from '../../src/ledger/silences.js';
import { emptyLedger } from '../support/ledger-record.js';

function ledger(silence: Silence | null, group = 'udp'): Ledger {
  const hooks = [{ feature: 'connections', group, rung: 'cgroup', state: 'live' as const, reattached: 0, silence }];
  return { ...emptyLedger('h', 'b'), hooks };
}

/** 2026-11-28T17:30:00Z. */
const T = 1_795_887_000_000_000;
const FIRST = { since: T, until: T + 5e6 };
const SECOND = { since: T + 60e6, until: null };

test('a group is silent from its first silence to its last', () => {
  const silences = new Silences();
  for (const each of [null, { ...FIRST, until: null }, FIRST, null]) silences.add(ledger(each));
  expect(silences.all).toEqual([{ feature: 'connections', group: 'udp', ...FIRST }]);
  expect(silences.all.map(silenceText)).toEqual([
    'udp was silent from 2026-11-28T17:30:00Z to 2026-11-28T17:30:05Z: what it missed is not known',
  ]);
  silences.add(ledger(SECOND));
  silences.add(ledger(FIRST, 'tcp'));
  expect(silences.all.map(({ group, since, until }) => [group, since, until])).toEqual([
    ['udp', T, null],
    ['tcp', T, T + 5e6],
  ]);
  expect(silenceText(silences.all[0]!)).toBe(
    'udp was silent from 2026-11-28T17:30:00Z to the end: what it missed is not known',
  );
});

test('files with any names take a bounded room, and a time that is none is told as it is', () => {
  const silences = new Silences();
  for (let i = 0; i < 1000; i++) silences.add(ledger(FIRST, `group ${i}`));
  expect(silences.all).toHaveLength(64);
  const beyond = { feature: 'f', group: 'g', since: 9e15, until: null };
  expect(silenceText(beyond)).toMatch(/^g was silent from (9000000000000000|\+?\d+-.*Z) to the end/);
});

test('what is told of a group has to go together', () => {
  const sound = (state: 'live' | 'silent', silence: Silence | null) => isSilenceSound({ state, silence });
  expect([sound('live', null), sound('live', FIRST), sound('silent', SECOND)]).toEqual([true, true, true]);
  expect([sound('silent', null), sound('silent', FIRST), sound('live', SECOND)]).toEqual([false, false, false]);
  expect(sound('live', { since: T, until: T })).toBe(false);
});

test('joined ledger records leave no silence out', () => {
  const joined = (earlier: Silence | null, later: Silence | null) =>
    joinLedgers(ledger(earlier), ledger(later)).hooks[0]!.silence;
  expect(joined(null, null)).toBeNull();
  expect(joined(FIRST, null)).toEqual(FIRST);
  expect(joined(null, SECOND)).toEqual(SECOND);
  expect(joined(FIRST, SECOND)).toEqual({ since: FIRST.since, until: null });
  // Of a group that is not in both.
  expect(joinLedgers(ledger(FIRST, 'tcp'), ledger(null)).hooks.map(({ silence }) => silence)).toEqual([null]);
});
