import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { RecordBatch, VERDICT } from '../../src/connections/record-batch.js';
import { CONN, DIRECTION, FRAME_KIND, HOOK_GROUP, OWNER_SOURCE, STATE, UDP } from '../../src/kernel/layout.gen.js';
import { FilterMatcher } from '../../src/pipeline/filter-matcher.js';
import { select } from '../../src/pipeline/select.js';
import { SelfTest } from '../../src/pipeline/self-test.js';
import { type ConnFields, concat, conn, frame, selftestPayload } from '../support/frames.js';

const SOCKETS = [
  { cookie: 10, group: HOOK_GROUP.tcp },
  { cookie: 10, group: HOOK_GROUP.snapshot },
  { cookie: 11n + (7n << 32n), group: HOOK_GROUP.owner },
  { cookie: 12, group: HOOK_GROUP.udp },
  { cookie: 13, group: 0 },
];

const ACCEPTED = { direction: DIRECTION.incoming, start_ns: 7 };

let selfTest: SelfTest;
let proofs: number[];

beforeEach(() => {
  selfTest = new SelfTest();
  proofs = [];
  selfTest.proofs$.subscribe((group) => proofs.push(group));
  expect(selfTest.add(frame(FRAME_KIND.selftest, selftestPayload(SOCKETS)))).toBe(true);
});

/** Verdicts of a batch after `select`. */
function verdicts(records: readonly ConnFields[], closed = true, filter?: FilterMatcher): number[] {
  const batches = new Subject<RecordBatch>();
  const seen: number[] = [];
  const subscription = batches
    .pipe(select(filter, selfTest))
    .subscribe(({ verdict, count }) => seen.push(...verdict.subarray(0, count)));
  const batch = new RecordBatch();
  const state = closed ? STATE.closed : STATE.open;
  batch.u8 = concat(records.map((fields) => conn({ state, ...fields })));
  batch.u32 = new Uint32Array(batch.u8.buffer);
  batch.count = batch.u8.length / CONN.size;
  batch.closed = closed;
  batch.verdict.fill(99);
  batches.next(batch);
  expect(subscription.closed).toBe(false);
  return seen;
}

describe('select', () => {
  it('filters the self-test’s connections and no others', () => {
    expect(verdicts([{ cookie: 10 }, { cookie: 266 }, { cookie: 11 }, { cookie: 13 }, { cookie: 9 }])).toEqual([
      VERDICT.filtered,
      VERDICT.keep,
      VERDICT.keep,
      VERDICT.filtered,
      VERDICT.keep,
    ]);
  });

  it('filters what the filter does not ask for', () => {
    const filter = new FilterMatcher({ pids: [5] });
    expect(
      verdicts(
        [
          { cookie: 1, pid: 5 },
          { cookie: 2, pid: 6 },
          { cookie: 10, pid: 5 },
        ],
        true,
        filter,
      ),
    ).toEqual([VERDICT.keep, VERDICT.filtered, VERDICT.filtered]);
  });
});

describe('proofs', () => {
  it.each<[string, ConnFields, boolean, number[]]>([
    ['TCP: the accepted end', { cookie: 10, ...ACCEPTED }, true, [HOOK_GROUP.tcp]],
    ['TCP: no direction', { cookie: 10, ...ACCEPTED, direction: DIRECTION.unknown }, true, []],
    ['TCP: no start', { cookie: 10, ...ACCEPTED, start_ns: 0 }, true, []],
    ['TCP: still open', { cookie: 10, ...ACCEPTED }, false, [HOOK_GROUP.snapshot]],
    ['snapshot: a row', { cookie: 10 }, false, [HOOK_GROUP.snapshot]],
    ['owner: first I/O', { cookie: 11n + (7n << 32n), owner_source: OWNER_SOURCE.first_io }, true, [HOOK_GROUP.owner]],
    ['owner: only the listener is known', { cookie: 11n + (7n << 32n), owner_source: OWNER_SOURCE.listener }, true, []],
    [
      'UDP: bytes both ways',
      { cookie: 12, protocol: UDP, sent_bytes: 9, received_bytes: 2n ** 32n },
      true,
      [HOOK_GROUP.udp],
    ],
    ['UDP: bytes one way', { cookie: 12, protocol: UDP, sent_bytes: 9 }, true, []],
    ['UDP: still open', { cookie: 12, protocol: UDP, sent_bytes: 9, received_bytes: 9 }, false, []],
    ['a socket that proves nothing', { cookie: 13 }, true, []],
    ['another socket', { cookie: 14 }, true, []],
  ])('%s', (_, fields, closed, expected) => {
    verdicts([fields], closed);
    verdicts([fields], closed);
    expect(proofs).toEqual(expected);
    for (const group of expected) expect(selfTest.isProven(group)).toBe(true);
  });

  it('refuses frames that cannot be', () => {
    expect(selfTest.add(frame(FRAME_KIND.selftest, new Uint8Array(15)))).toBe(false);
    const many = Array.from({ length: 300 }, (_, cookie) => ({ cookie, group: 1 }));
    expect(selfTest.add(frame(FRAME_KIND.selftest, selftestPayload(many)))).toBe(false);
  });
});
