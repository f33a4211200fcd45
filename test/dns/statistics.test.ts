/** What clients ask, counted per interval: by client, server, name and type. */
import { expect, test } from 'vitest';
import { DnsRun, discarded, MS, S } from './dns-run.js';
import { answer, CLIENT, type Question, query, SERVER } from './segments.js';

const WWW: Question = ['www.example.org', 'A'];
const GONE: Question = ['gone.example.org', 'A'];

/** A query that is answered so much later. */
function ask(run: DnsRun, id: number, question: Question, us: number, rcode = 0, port = 40_000): void {
  const local = { ...CLIENT, port };
  run.out(query(id, question), { local, pid: 4711, comm: 'curl', cookie: BigInt(port) });
  run.now += 1000 * us;
  run.in(answer(id, question, [], { rcode }), { local, cookie: BigInt(port) });
}

test('counts by code, latencies of successes and failures, and the socket of the last query', () => {
  const run = new DnsRun({ records: 'statistics' });
  ask(run, 1, WWW, 1000);
  ask(run, 2, WWW, 3000, 0, 40_001);
  ask(run, 3, GONE, 2000, 3);
  ask(run, 4, GONE, 4000, 2);
  run.tick(S);
  const { accounts } = run.flush();
  expect(accounts[0]).toMatchObject({ enqueued: 8, merged: 8, given: 0, resident: 0 });
  run.tick(0);
  expect(run.records).toEqual([]);
  expect(run.statistics).toMatchObject([
    {
      ...{ record: 'dns_statistics', seq: 1, transport: 'udp', family: 'ipv4', domain: 'www.example.org', type: 'A' },
      ...{ begin: '2023-11-14T22:13:30.000000Z', end: '2023-11-14T22:13:31.010000Z' },
      netns: { inode: 4026531840, cookie: 1 },
      ...{ client: { address: '192.0.2.10' }, server: { address: '192.0.2.53', port: 53 } },
      latest: { cookie: 40_001, port: 40_001, process: { pid: 4711, name: 'curl', source: 'send' } },
      ...{ rcodes: { noerror: 2 }, failure: null, time_outs: 0, given_up: 0, retries: 0 },
      success: { count: 2, sum_us: 4000, min_us: 1000, max_us: 3000 },
    },
    {
      ...{ seq: 2, domain: 'gone.example.org', rcodes: { nxdomain: 1, servfail: 1 }, success: null },
      failure: { count: 2, sum_us: 6000, min_us: 2000, max_us: 4000 },
    },
  ]);
  run.end();
});

test('quantiles are within 1 % of those of all values, and the bins add up', () => {
  const run = new DnsRun({ records: 'statistics' });
  const values = Array.from({ length: 999 }, (_, i) => Math.round(20 + 1.012 ** i));
  for (const [i, us] of values.entries()) ask(run, i, WWW, us);
  run.end();
  const { success } = run.statistics[0]!;
  const sorted = values.toSorted((a, b) => a - b);
  for (const [quantile, told] of [
    [0.5, success!.p50_us],
    [0.9, success!.p90_us],
    [0.99, success!.p99_us],
  ] as const) {
    const exact = sorted[Math.floor(quantile * (sorted.length - 1))]!;
    expect(Math.abs(told - exact) / exact).toBeLessThan(0.0101);
  }
  expect(success!.bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
  const gamma = 1.01 / 0.99;
  for (const { index, count } of success!.bins) {
    const within = values.filter((us) => us > gamma ** (index - 1) && us <= gamma ** index).length;
    expect([index, within]).toEqual([index, count]);
  }
});

test('a latency below 1 µs is counted, and is in no bin', () => {
  const run = new DnsRun({ records: 'statistics' });
  ask(run, 1, WWW, 0);
  ask(run, 2, WWW, 0);
  ask(run, 3, WWW, 500);
  run.end();
  expect(run.statistics[0]!.success).toMatchObject({ count: 3, min_us: 0, p50_us: 0, bins: [{ count: 1 }] });
});

test('time-outs, retries, and what was given up', () => {
  const run = new DnsRun({ records: 'statistics' });
  run.out(query(1, WWW)).out(query(1, WWW)).out(query(1, WWW));
  run.tick(17 * S);
  run.out(query(2, WWW));
  const row = run.end();
  expect(run.statistics).toMatchObject([{ time_outs: 1, retries: 2, given_up: 1, rcodes: {}, success: null }]);
  expect(row).toMatchObject({ enqueued: 4, merged: 4 });
});

test('each interval counts its own', () => {
  const run = new DnsRun({ records: 'statistics' });
  ask(run, 1, WWW, 1000);
  run.flush();
  run.tick(S);
  ask(run, 2, WWW, 1000);
  run.flush();
  run.tick(S);
  run.end();
  expect(run.statistics).toMatchObject([{ rcodes: { noerror: 1 } }, { seq: 2, rcodes: { noerror: 1 } }]);
  expect(run.statistics[1]!.begin).toBe(run.statistics[0]!.end);
});

test('servers and observers are filtered: a query inside the host counts once', () => {
  const run = new DnsRun({ records: 'statistics' });
  run.out(query(1, WWW)).asked(query(1, WWW));
  run.answers(answer(1, WWW)).in(answer(1, WWW));
  run.piece({ bytes: query(1, WWW), source: 'packet_out' }).piece({ bytes: answer(1, WWW), source: 'packet_in' });
  const row = run.end();
  expect(run.statistics).toMatchObject([{ rcodes: { noerror: 1 } }]);
  expect(row).toMatchObject({ enqueued: 6, merged: 2, filtered: 4 });
});

test('servers on loopback are left out where they are not wanted', () => {
  const run = new DnsRun({ records: 'statistics', loopback: false });
  const stub = { address: '127.0.0.53', port: 53 };
  run.out(query(1, WWW), { remote: stub }).in(answer(1, WWW), { remote: stub });
  const local = { address: new Uint8Array(16).with(15, 1), port: 40_000 };
  const remote = { address: new Uint8Array(16).with(15, 1), port: 53 };
  run.out(query(2, WWW), { local, remote }).in(answer(2, WWW), { local, remote });
  ask(run, 3, WWW, 5);
  expect(run.end()).toMatchObject({ filtered: 4, merged: 2 });
  expect(run.statistics).toMatchObject([{ server: { address: '192.0.2.53' } }]);
});

test('both: records have the units, statistics count the same', () => {
  const run = new DnsRun({ records: 'both' });
  ask(run, 1, WWW, 1000);
  const row = run.end();
  expect(run.records).toHaveLength(1);
  expect(run.statistics).toHaveLength(1);
  expect(row).toMatchObject({ given: 2, merged: 0 });
});

test('statistics are bounded: what has no room is counted', () => {
  const run = new DnsRun({ records: 'statistics', maxStatistics: 3 });
  for (let n = 0; n < 5; n++) ask(run, n, [`host-${n}.example.org`, 'A'], 1000);
  ask(run, 9, ['host-0.example.org', 'A'], 1000);
  expect(run.stage).toMatchObject({ statistics: 3, dropped: 2 });
  const row = run.end();
  expect(run.statistics).toHaveLength(3);
  expect(row).toMatchObject({ merged: 8 });
  expect(discarded(row)).toEqual({ no_room: 4 });
});

test('clients, servers, ports, types and namespaces are apart', () => {
  const run = new DnsRun({ records: 'statistics', ports: [53, 5300] });
  const other = { ...CLIENT, address: '192.0.2.11' };
  run.out(query(1, WWW)).in(answer(1, WWW));
  run.out(query(2, WWW), { local: other }).in(answer(2, WWW), { local: other });
  run.out(query(3, WWW), { netns: 2n }).in(answer(3, WWW), { netns: 2n });
  run.out(query(4, ['www.example.org', 'AAAA'])).in(answer(4, ['www.example.org', 'AAAA']));
  for (const remote of [
    { ...SERVER, port: 5300 },
    { ...SERVER, address: '192.0.2.54' },
  ])
    run.out(query(5, WWW), { remote }).in(answer(5, WWW), { remote });
  run.end();
  expect(run.statistics).toHaveLength(6);
});

test('where only domains are told, those of one domain are one', () => {
  const run = new DnsRun({ records: 'statistics', names: 'domain' }, (name: string) =>
    name.split('.').slice(-2).join('.'),
  );
  ask(run, 1, WWW, 1000);
  ask(run, 2, GONE, 1000, 3);
  ask(run, 3, ['www.example.net', 'A'], 1000);
  run.end();
  expect(run.statistics).toMatchObject([
    { domain: 'example.org', rcodes: { noerror: 1, nxdomain: 1 } },
    { domain: 'example.net', rcodes: { noerror: 1 } },
  ]);
});

test('a client that is behind gets the next interval with this one', () => {
  const run = new DnsRun({ records: 'statistics' });
  ask(run, 1, WWW, (20 * MS) / 1000);
  run.stream.flush(run.now, { deltas: false });
  ask(run, 2, WWW, (20 * MS) / 1000);
  run.tick(S);
  run.end();
  expect(run.statistics).toMatchObject([{ rcodes: { noerror: 2 } }]);
});

test('thousands of statistics are told in slices, before the next interval ends', () => {
  const run = new DnsRun({ records: 'statistics', maxStatistics: 2000 });
  for (let n = 0; n < 1000; n++) ask(run, n, [`host-${n}.example.org`, 'A'], 1000);
  run.flush();
  const atOnce = run.statistics.length;
  expect(atOnce).toBeLessThan(1000);
  for (let i = 0; i < 4; i++) run.tick(MS);
  expect(run.statistics).toHaveLength(1000);
  run.end();
});
