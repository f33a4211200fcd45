/** Messages on TCP: cut, joined, out of order, sent again, with holes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACK, FIN, RST, SYN } from '../../src/dns/layout.gen.js';
import { DnsRun, discarded, MS, S } from './dns-run.js';
import { answer, framed, type Question, query, SERVER } from './segments.js';

const question = (n: number): Question => [`host-${n}.example.org`, 'A'];
const A = (n: number, count = 1) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ name: `host-${n}.example.org`, type: 'A' as const, ttl: 60 },
    data: `203.0.${i >>> 8}.${i & 255}`,
  }));

interface Piece {
  at: number;
  bytes: Uint8Array;
}

/** Bytes of one direction, cut at these places. */
function pieces(stream: Uint8Array, cuts: readonly number[]): Piece[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % stream.length), stream.length])].sort((a, b) => a - b);
  return places.slice(0, -1).map((at, i) => ({ at, bytes: stream.subarray(at, places[i + 1]) }));
}

const joined = (messages: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(messages.flatMap((each) => [...framed(each)]));
/** First bytes of the two directions, the second near the end of the numbers. */
const OUT = 1000;
const IN = 0xffff_fff0;

function handshake(run: DnsRun): DnsRun {
  run.piece({ seq: OUT, flags: SYN });
  return run.piece({ seq: IN, flags: SYN | ACK, source: 'cgroup_in' });
}

const send = (run: DnsRun, { at, bytes }: Piece) => run.out(bytes, { seq: (OUT + at) >>> 0 });
const receive = (run: DnsRun, { at, bytes }: Piece) => run.in(bytes, { seq: (IN + at) >>> 0 });

test('a query and its answer, each in a segment', () => {
  const run = handshake(new DnsRun());
  run.out(framed(query(7, question(1))), { seq: OUT, pid: 4711 });
  run.now += 3 * MS;
  run.in(framed(answer(7, question(1), A(1))), { seq: IN });
  expect(run.records).toMatchObject([
    { transport: 'tcp', outcome: 'answered', latency_us: 3000, messages: 2, cut: false },
  ]);
  expect(run.end()).toMatchObject({ enqueued: 2, given: 2, merged: 0 });
});

test('in segments of one byte each', () => {
  const run = handshake(new DnsRun());
  const [asks, says] = [framed(query(7, question(1))), framed(answer(7, question(1), A(1)))];
  for (let i = 0; i < asks.length; i++) send(run, { at: i, bytes: asks.subarray(i, i + 1) });
  expect(run.flush().accounts[0]).toMatchObject({ enqueued: asks.length, resident: 1, merged: asks.length - 1 });
  for (let i = 0; i < says.length; i++) receive(run, { at: i, bytes: says.subarray(i, i + 1) });
  expect(run.records).toMatchObject([{ outcome: 'answered', messages: 2 }]);
  expect(run.end()).toMatchObject({ given: 2, merged: says.length - 1 });
});

test('as long as a message can be, in pieces of a segment', () => {
  const run = handshake(new DnsRun());
  run.out(framed(query(7, question(1))), { seq: OUT });
  const bytes = framed(answer(7, question(1), A(1, 1800)));
  expect(bytes.length).toBeGreaterThan(60_000);
  const cuts = Array.from({ length: 15 }, (_, i) => 4096 * i);
  for (const { at, bytes: part } of pieces(bytes, cuts))
    run.in(part, { seq: (IN + at) >>> 0, offset: at, wireLength: bytes.length });
  expect(run.records).toMatchObject([{ answer_count: 1800, cut: false }]);
  expect(run.records[0]!.answers).toHaveLength(32);
  expect(run.end()).toMatchObject({ given: 2, merged: 14 });
});

test('several messages in one segment: the first has its unit', () => {
  const run = handshake(new DnsRun());
  send(run, { at: 0, bytes: joined([1, 2, 3].map((n) => query(n, question(n)))) });
  receive(run, { at: 0, bytes: joined([3, 1, 2].map((n) => answer(n, question(n), A(n)))) });
  expect(run.records.map(({ id, messages }) => [id, messages])).toEqual([
    [3, 1],
    [1, 1],
    [2, 0],
  ]);
  expect(run.end()).toMatchObject({ enqueued: 2, given: 2 });
});

test('cut anywhere, in any order, sent again: the same records', () => {
  const ids = [1, 2, 3, 4];
  const [asks, says] = [
    joined(ids.map((n) => query(n, question(n)))),
    joined(ids.map((n) => answer(n, question(n), A(n)))),
  ];
  const plain = handshake(new DnsRun());
  send(plain, { at: 0, bytes: asks });
  receive(plain, { at: 0, bytes: says });
  const told = (run: DnsRun) => run.records.map(({ messages: _, seq: __, ...rest }) => rest);
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.array(fc.nat(), { minLength: 21, maxLength: 21 }),
      fc.array(fc.nat({ max: 20 }), { maxLength: 5 }),
      (outCuts, inCuts, order, again) => {
        const run = handshake(new DnsRun());
        const mixed = (all: Piece[]): Piece[] => {
          const shuffled = all
            .map((piece, i) => ({ piece, key: order[i % order.length]! }))
            .sort((a, b) => a.key - b.key);
          return [...shuffled.map(({ piece }) => piece), ...again.flatMap((i) => (i < all.length ? [all[i]!] : []))];
        };
        for (const piece of mixed(pieces(asks, outCuts))) send(run, piece);
        for (const piece of mixed(pieces(says, inCuts))) receive(run, piece);
        expect(told(run)).toEqual(told(plain));
        const row = run.end();
        expect(row.resident).toBe(0);
        expect(discarded(row)).toEqual({});
      },
    ),
    { numRuns: 60 },
  );
});

test('a hole that stays is given up after a while, and what follows is read where a message begins', () => {
  const run = handshake(new DnsRun());
  const [one, two] = [framed(query(1, question(1))), framed(query(2, question(2)))];
  send(run, { at: 0, bytes: one.subarray(0, 10) });
  // What is in between never comes.
  send(run, { at: 20, bytes: one.subarray(20) });
  send(run, { at: one.length, bytes: two });
  expect(run.flush().accounts[0]).toMatchObject({ resident: 3 });
  run.tick(3 * S);
  expect(run.stage).toMatchObject({ holes: 0, blocks: 3 });
  run.tick(2 * S);
  expect(run.stage).toMatchObject({ holes: 1, blocks: 0, open: 1 });
  const row = run.end();
  expect(run.records).toMatchObject([{ id: 2, outcome: 'run_end' }]);
  expect(discarded(row)).toEqual({ incomplete: 2 });
});

test.each([
  [100, 60_000],
  [10_000, 1000],
])('what waits is given up after holeTimeout, %s ms, or streamTimeout, %s ms', (holeTimeout, streamTimeout) => {
  const run = handshake(new DnsRun({ holeTimeout, streamTimeout }));
  const one = framed(query(1, question(1)));
  send(run, { at: 20, bytes: one.subarray(20) });
  const first = Math.min(holeTimeout, streamTimeout);
  run.tick((first - 1) * MS);
  expect(run.stage).toMatchObject({ holes: 0, streams: 2, blocks: 1 });
  run.tick(2 * MS);
  expect(run.stage).toMatchObject(
    first === holeTimeout ? { holes: 1, streams: 2 } : { holes: 0, streams: 0, blocks: 0 },
  );
});

test('a stream whose beginning was missed is read from where its segments are whole messages', () => {
  const run = new DnsRun();
  run.out(framed(query(1, question(1))).subarray(5), { seq: 5000 });
  run.out(framed(query(2, question(2))), { seq: 5100 });
  run.in(joined([answer(2, question(2), A(2))]), { seq: 9 });
  expect(run.records).toMatchObject([{ id: 2, outcome: 'answered' }]);
  expect(discarded(run.end())).toEqual({ incomplete: 1 });
});

test.each([
  ['an RST', RST],
  ['a FIN', FIN],
])('%s ends a stream: what is not whole stays so', (_, flags) => {
  const run = handshake(new DnsRun());
  const bytes = framed(query(1, question(1)));
  send(run, { at: 0, bytes: bytes.subarray(0, 12) });
  run.piece({ seq: OUT + 12, flags });
  expect(run.stage).toMatchObject({ streams: 1, blocks: 0 });
  expect(discarded(run.end())).toEqual({ incomplete: 1 });
});

test('a FIN with the last bytes ends a stream when what comes before it has come', () => {
  const run = handshake(new DnsRun());
  const bytes = framed(query(1, question(1)));
  run.out(bytes.subarray(12), { seq: OUT + 12, flags: FIN | ACK });
  expect(run.stage).toMatchObject({ streams: 2 });
  send(run, { at: 0, bytes: bytes.subarray(0, 12) });
  expect(run.stage).toMatchObject({ streams: 1, open: 1 });
  run.end();
});

test('another connection between the same ends begins anew', () => {
  const run = handshake(new DnsRun());
  send(run, { at: 0, bytes: framed(query(1, question(1))).subarray(0, 12) });
  run.piece({ seq: 78, flags: SYN });
  run.out(framed(query(2, question(2))), { seq: 78 });
  expect(run.stage).toMatchObject({ open: 1 });
  expect(discarded(run.end())).toEqual({ incomplete: 1 });
});

test('a SYN that is sent again changes nothing; one that brings bytes does', () => {
  const run = handshake(new DnsRun());
  run.piece({ seq: OUT, flags: SYN });
  send(run, { at: 0, bytes: framed(query(1, question(1))) });
  const fast = { ...SERVER, address: '192.0.2.54' };
  run.out(framed(query(2, question(2))), { seq: 500, flags: SYN, remote: fast });
  run.out(framed(query(3, question(3))), { seq: 500 + framed(query(2, question(2))).length, remote: fast });
  expect(run.stage).toMatchObject({ open: 3 });
  expect(discarded(run.end())).toEqual({});
});

test('a piece far ahead is of a stream that was not seen: it begins anew', () => {
  const run = handshake(new DnsRun());
  send(run, { at: 0, bytes: framed(query(1, question(1))).subarray(0, 12) });
  send(run, { at: 1 << 24, bytes: framed(query(2, question(2))) });
  expect(run.stage).toMatchObject({ open: 1, blocks: 0 });
  expect(discarded(run.end())).toEqual({ incomplete: 1 });
});

test('the stream used longest ago makes room', () => {
  const run = new DnsRun({ maxStreams: 2 });
  const part = framed(query(1, question(1))).subarray(0, 12);
  for (const port of [1, 2, 3]) {
    const local = { address: '192.0.2.10', port };
    run.piece({ seq: OUT, flags: SYN, local });
    run.out(part, { seq: OUT, local });
  }
  expect(run.stage).toMatchObject({ streams: 2, blocks: 2, evicted: 1 });
  expect(discarded(run.end())).toEqual({ no_room: 1, incomplete: 2 });
});

test('memory for pieces is bounded: streams make room for each other, and at last there is none', () => {
  const run = new DnsRun({ maxStreamBytes: 1 << 17 });
  const bytes = framed(answer(7, question(1), A(1, 1800)));
  for (const port of [1, 2, 3]) {
    const local = { address: '192.0.2.10', port };
    run.piece({ seq: OUT, flags: SYN, local });
    for (let at = 0; at < 60_000; at += 4000) run.out(bytes.subarray(at, at + 4000), { seq: OUT + at, local });
    expect(run.stage.blocks).toBeLessThanOrEqual(32);
  }
  expect(run.stage).toMatchObject({ streams: 2, evicted: 1 });
  const row = run.end();
  expect(discarded(row)).toEqual({ no_room: 15, incomplete: 30 });
});

test('too many pieces that wait: the hole is given up at once', () => {
  const run = handshake(new DnsRun());
  for (let n = 0; n < 33; n++) {
    const bytes = framed(query(n, question(10 + n)));
    send(run, { at: 1000 + 2 * n * bytes.length, bytes });
  }
  expect(run.stage).toMatchObject({ holes: 1 });
  run.end();
});

test('a stream that is not used is forgotten', () => {
  const run = handshake(new DnsRun());
  run.tick(119 * S);
  expect(run.stage).toMatchObject({ streams: 2 });
  run.tick(2 * S);
  expect(run.stage).toMatchObject({ streams: 0 });
  run.end();
});

test('a transfer is one answer of many messages', () => {
  const run = handshake(new DnsRun({ types: ['*'] }));
  const zone: Question = ['example.org', 'AXFR'];
  send(run, { at: 0, bytes: framed(query(7, zone)) });
  let at = 0;
  for (let i = 0; i < 3; i++) {
    const bytes = framed(answer(7, zone, A(i)));
    receive(run, { at, bytes });
    at += bytes.length;
  }
  expect(run.records).toMatchObject([{ question: { type: 'AXFR' }, messages: 2 }]);
  expect(run.end()).toMatchObject({ given: 2, merged: 2 });
});

test('what is sent again with more behind it brings that too', () => {
  const run = handshake(new DnsRun());
  const bytes = joined([1, 2].map((n) => query(n, question(n))));
  // The first bytes come last; what waits for them came short, in full, and short again.
  for (const end of [20, bytes.length, 30]) send(run, { at: 10, bytes: bytes.subarray(10, end) });
  send(run, { at: 0, bytes: bytes.subarray(0, 10) });
  expect(run.stage).toMatchObject({ open: 2, blocks: 0, holes: 0 });
  const row = run.end();
  expect(discarded(row)).toEqual({});
  expect(row).toMatchObject({ enqueued: 4, merged: 3, given: 1 });
});

test('whatever pieces come, each unit is in one column, and no block is kept', () => {
  const piece = fc.record({
    seq: fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 0xffff_ffff })),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.nat({ max: 9 }).map((n) => framed(query(n, question(n)))),
      fc.nat({ max: 9 }).map((n) => framed(answer(n, question(n), A(n)))),
    ),
    flags: fc.constantFrom(0, ACK, SYN, FIN, RST, SYN | FIN),
    source: fc.constantFrom('cgroup_out', 'cgroup_in', 'packet_in', 'packet_other'),
    port: fc.nat({ max: 4 }),
    passNs: fc.constantFrom(0, 0, 0, 3 * S, 200 * S),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 120 }), (pieces) => {
      const run = new DnsRun({ maxStreams: 3, maxStreamBytes: 1 << 17, maxQueries: 4 });
      for (const { port, passNs, source, ...rest } of pieces) {
        run.tick(passNs);
        run.piece({ ...rest, source: source as 'cgroup_in', local: { address: '192.0.2.10', port } });
      }
      expect(run.end()).toMatchObject({ resident: 0 });
      expect(run.stage).toMatchObject({ streams: 0, blocks: 0, open: 0 });
      expect(run.stage.names).toMatchObject({ refused: 0 });
    }),
    { numRuns: 100 },
  );
});
