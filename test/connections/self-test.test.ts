import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { FilterMatcher } from '../../src/connections/filter-matcher.js';
import {
  CONN,
  DIRECTION,
  HOOK_GROUP,
  IPV6,
  OBSERVED_FROM,
  OWNER_SOURCE,
  STATE,
  UDP,
} from '../../src/connections/layout.gen.js';
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
  { cookie: 13, group: HOOK_GROUP.udp },
  { cookie: 14, group: 0 },
  { cookie: 15, group: HOOK_GROUP.tcp, round: 1 },
].map((socket) => ({ ...socket, sent_bytes: 7, received_bytes: 10 }));

const BYTES = { sent_bytes: 7, received_bytes: 10 };
const ACCEPTED = { cookie: 10, direction: DIRECTION.incoming, ...BYTES };
const DATAGRAMS = { protocol: UDP, sent_packets: 1, received_packets: 1, ...BYTES };
const OWNED = { cookie: 11n + (7n << 32n), owner_source: OWNER_SOURCE.first_io };

let proofs: Proofs;
let proven: number[];
let faults: string[];

beforeEach(() => {
  proofs = new Proofs();
  proven = [];
  faults = [];
  proofs.events$.subscribe((event) => {
    if (event.type === 'right') proven.push(event.group);
    if (event.type === 'wrong') faults.push(event.fault);
  });
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
    expect(
      verdicts([{ cookie: 10 }, { cookie: 266 }, { cookie: 11 }, { cookie: 14 }, { cookie: 15 }, { cookie: 9 }]),
    ).toEqual([VERDICT.selfTest, VERDICT.keep, VERDICT.keep, VERDICT.selfTest, VERDICT.canary, VERDICT.keep]);
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

  it('so is its canary, which is counted apart', () => {
    const canary = [127, 99, 97, 110];
    const accepted = { local_address: canary, remote_address: client(port), local_port: port, remote_port: 51234 };
    const opening = { ...theirs, remote_address: canary };
    for (const fields of [accepted, opening]) expect(verdicts([{ cookie: 99, ...fields }])).toEqual([VERDICT.canary]);
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
  it.each<[string, ConnFields[], boolean, number[]]>([
    ['TCP: the accepted end', [ACCEPTED], true, [HOOK_GROUP.tcp]],
    ['TCP: still open', [{ ...ACCEPTED, sent_bytes: 8 }], false, []],
    ['snapshot: a row', [{ cookie: 10, ...BYTES }], false, [HOOK_GROUP.snapshot]],
    ['owner: first I/O', [OWNED], true, [HOOK_GROUP.owner]],
    [
      'UDP: both ends',
      [
        { cookie: 12, ...DATAGRAMS },
        { cookie: 13, ...DATAGRAMS },
      ],
      true,
      [HOOK_GROUP.udp],
    ],
    ['UDP: one end alone', [{ cookie: 12, ...DATAGRAMS }], true, []],
    ['UDP: still open', [{ cookie: 12, ...DATAGRAMS }], false, []],
    ['a socket that proves nothing', [{ cookie: 14 }], true, []],
    ['another socket', [{ cookie: 16 }], true, []],
  ])('%s', (_, fields, closed, expected) => {
    verdicts(fields, closed);
    verdicts(fields, closed);
    expect(proven).toEqual(expected);
    for (const group of expected) expect(proofs.proven(group)).toBe(true);
  });

  it.each<[string, ConnFields, boolean, string]>([
    ['no direction', { ...ACCEPTED, direction: DIRECTION.unknown }, true, 'direction unknown instead of incoming'],
    ['no start', { ...ACCEPTED, start_ns: 0 }, true, 'no start'],
    ['a start before there was anything', { ...ACCEPTED, start_ns: 9e8 }, true, 'a start before it began'],
    [
      'TCP midstream, with a byte too few',
      { ...ACCEPTED, observed_from: OBSERVED_FROM.midstream, sent_bytes: 6 },
      true,
      'observed from midstream instead of start, sent bytes 6 instead of 7',
    ],
    [
      'TCP with the ways exchanged',
      { ...ACCEPTED, sent_bytes: 10, received_bytes: 7 },
      true,
      'sent bytes 10 instead of 7, received bytes 7 instead of 10',
    ],
    ['another peer', { ...ACCEPTED, remote_port: 81 }, true, 'peer 127.0.0.2:81 instead of 127.0.0.2:80'],
    ['a row without totals', { cookie: 10, received_bytes: 10 }, false, 'sent bytes 0 instead of 7'],
    [
      'only the listener is known',
      { ...OWNED, owner_source: OWNER_SOURCE.listener },
      true,
      'owner by listener instead of first_io',
    ],
    ['another process', { ...OWNED, pid: 101 }, true, 'process 101 instead of 100'],
    ['one way only', { cookie: 12, ...DATAGRAMS, received_packets: 0 }, true, 'received datagrams 0 instead of 1'],
    ['a datagram counted twice', { cookie: 12, ...DATAGRAMS, sent_bytes: 14 }, true, 'sent bytes 14 instead of 7'],
    [
      'UDP without a peer',
      { cookie: 12, ...DATAGRAMS, remote_address: [0, 0, 0, 0], remote_port: 0 },
      true,
      'peer 0.0.0.0:0 instead of 127.0.0.2:80',
    ],
  ])('a record that came and is wrong proves nothing: %s', (_, fields, closed, fault) => {
    verdicts([fields], closed);
    expect(proven).toEqual([]);
    expect(faults).toEqual([fault]);
  });

  it('in a pid namespace of its own the number of the process is not known, and any will do', () => {
    proofs.add(frame(CORE_KIND.selftest, selftestPayload([{ cookie: 20, group: HOOK_GROUP.owner, pid: 0, round: 1 }])));
    verdicts([{ ...OWNED, cookie: 20, pid: 4242 }]);
    expect(proven).toEqual([HOOK_GROUP.owner]);
  });

  it('each canary proves its groups anew; of the eldest nothing is known any more', () => {
    const canary = (round: number) =>
      frame(
        CORE_KIND.selftest,
        selftestPayload([{ cookie: 100 + round, group: HOOK_GROUP.owner, round, opened_ns: round }]),
      );
    for (let round = 1; round <= 300; round++) {
      expect(proofs.add(canary(round))).toBe(true);
      expect(verdicts([{ ...OWNED, cookie: 100 + round }])).toEqual([VERDICT.canary]);
    }
    expect(proven).toHaveLength(300);
    expect(proofs.provenNs(HOOK_GROUP.owner)).toBe(300);
    expect(proofs.count).toBe(128);
    expect(verdicts([{ ...OWNED, cookie: 101 }])).toEqual([VERDICT.keep]);
    expect(verdicts([{ ...OWNED, cookie: 399 }])).toEqual([VERDICT.canary]);
  });

  it('refuses frames that cannot be', () => {
    expect(proofs.add(frame(CORE_KIND.selftest, new Uint8Array(15)))).toBe(false);
    const many = Array.from({ length: 300 }, (_, cookie) => ({ cookie, group: 1 }));
    expect(proofs.add(frame(CORE_KIND.selftest, selftestPayload(many)))).toBe(false);
  });
});
