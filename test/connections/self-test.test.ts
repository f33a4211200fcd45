import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { FilterMatcher } from '../../src/connections/filter-matcher.js';
import { CONN, DIRECTION, HOOK_GROUP, IPV6, OWNER_SOURCE, STATE, UDP } from '../../src/connections/layout.gen.js';
import { RecordBatch, VERDICT } from '../../src/connections/record-batch.js';
import { select } from '../../src/connections/select.js';
import { CORE_KIND } from '../../src/frames/layout.gen.js';
import { Proofs } from '../../src/pipeline/proofs.js';
import { type ConnFields, concat, conn, frame, selftestPayload } from '../support/frames.js';

const SOCKETS = [
  { cookie: 10, group: HOOK_GROUP.tcp },
  { cookie: 10, group: HOOK_GROUP.snapshot },
  { cookie: 11n + (7n << 32n), group: HOOK_GROUP.owner },
  { cookie: 12, group: HOOK_GROUP.udp },
  { cookie: 13, group: 0 },
];

const ACCEPTED = { direction: DIRECTION.incoming, start_ns: 7 };

let proofs: Proofs;
let proven: number[];

beforeEach(() => {
  proofs = new Proofs();
  proven = [];
  proofs.proofs$.subscribe((group) => proven.push(group));
  expect(proofs.add(frame(CORE_KIND.selftest, selftestPayload(SOCKETS)))).toBe(true);
});

/** Verdicts of a batch after `select`. */
function verdicts(records: readonly ConnFields[], closed = true, filter?: FilterMatcher): number[] {
  const batches = new Subject<RecordBatch>();
  const seen: number[] = [];
  const subscription = batches
    .pipe(select(filter, proofs))
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
  it('leaves out the self-test’s connections and no others', () => {
    expect(verdicts([{ cookie: 10 }, { cookie: 266 }, { cookie: 11 }, { cookie: 13 }, { cookie: 9 }])).toEqual([
      VERDICT.selfTest,
      VERDICT.keep,
      VERDICT.keep,
      VERDICT.selfTest,
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
    ).toEqual([VERDICT.keep, VERDICT.filtered, VERDICT.selfTest]);
  });
});

describe('the self-test of another tracer on this host', () => {
  const server = [127, 99, 111, 110];
  const client = (port: number) => [127, 116, port >>> 8, port & 0xff];
  const port = 40993;
  const theirs = { local_address: client(port), remote_address: server, local_port: 51234, remote_port: port };

  it.each<[string, ConnFields]>([
    ['its opening end', theirs],
    ['its accepted end', { local_address: server, remote_address: client(port), local_port: port, remote_port: 51234 }],
    ['UDP', { ...theirs, protocol: UDP }],
    ['the highest port', { ...theirs, local_address: client(65535), remote_port: 65535 }],
  ])('%s is left out, open and closed, and proves nothing', (_, fields) => {
    for (const closed of [true, false])
      expect(verdicts([{ cookie: 99, ...fields }], closed)).toEqual([VERDICT.selfTest]);
    expect(proven).toEqual([]);
  });

  it.each<[string, ConnFields]>([
    ['another port', { ...theirs, remote_port: port + 1 }],
    ['the port of the other end', { ...theirs, local_port: port, remote_port: 51234 }],
    ['the address of the server alone', { ...theirs, local_address: [127, 0, 0, 1] }],
    ['the address of the client alone', { ...theirs, remote_address: [127, 0, 0, 1] }],
    ['the ports in the other byte order', { ...theirs, local_address: client(((port & 0xff) << 8) | (port >>> 8)) }],
    ['both ends with one address', { ...theirs, local_address: server }],
    [
      'IPv6 that begins with the same bytes',
      {
        ...theirs,
        family: IPV6,
        local_address: [...client(port), ...Array(12).fill(1)],
        remote_address: [...server, ...Array(12).fill(1)],
      },
    ],
  ])('%s is somebody’s traffic', (_, fields) => {
    expect(verdicts([{ cookie: 99, ...fields }])).toEqual([VERDICT.keep]);
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
    expect(proven).toEqual(expected);
    for (const group of expected) expect(proofs.proven(group)).toBe(true);
  });

  it('refuses frames that cannot be', () => {
    expect(proofs.add(frame(CORE_KIND.selftest, new Uint8Array(15)))).toBe(false);
    const many = Array.from({ length: 300 }, (_, cookie) => ({ cookie, group: 1 }));
    expect(proofs.add(frame(CORE_KIND.selftest, selftestPayload(many)))).toBe(false);
  });
});
