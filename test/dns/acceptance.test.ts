/** The acceptance cases of systems.md §6.9, by their names there, through the whole of the pure half: frames in, records out. */
import { describe, expect, test } from 'vitest';
import { DnsRun, discarded, MS, S } from './dns-run.js';
import { answer, framed, type Question, query, SERVER } from './segments.js';

const WWW: Question = ['golang.org', 'A'];
const A = (name: string, data: string, ttl = 60) => ({ name, type: 'A', ttl, data }) as const;
const hidden = (name: string): string => `${name.length} letters`;
/** With domains: names are told in full; without: nothing is told of them. */
const DOMAINS = [
  ['with domains', {}, undefined, 'golang.org'],
  ['without domains', { names: 'hash' }, hidden, '10 letters'],
] as const;

describe.each(DOMAINS)('%s', (_, options, prepared, told) => {
  test('UDP success', () => {
    const run = new DnsRun({ records: 'both', ...options }, prepared);
    run.out(query(1, WWW));
    run.now += 3 * MS;
    run.in(answer(1, WWW, [A('golang.org', '203.0.113.7')]));
    run.end();
    expect(run.records).toMatchObject([
      { transport: 'udp', rcode: 'noerror', question: { name: told }, latency_us: 3000 },
    ]);
    expect(run.statistics).toMatchObject([
      { domain: told, rcodes: { noerror: 1 }, success: { count: 1, sum_us: 3000 } },
    ]);
  });

  test('TCP success', () => {
    const run = new DnsRun({ records: 'both', ...options }, prepared);
    run.out(framed(query(1, WWW)), { seq: 1 });
    run.now += 4 * MS;
    run.in(framed(answer(1, WWW, [A('golang.org', '203.0.113.7')])), { seq: 1 });
    run.end();
    expect(run.records).toMatchObject([
      { transport: 'tcp', rcode: 'noerror', question: { name: told }, latency_us: 4000 },
    ]);
    expect(run.statistics).toMatchObject([{ transport: 'tcp', domain: told, success: { count: 1, sum_us: 4000 } }]);
  });

  test('UDP timeout', () => {
    const run = new DnsRun({ records: 'both', ...options }, prepared);
    run.out(query(1, WWW)).tick(17 * S);
    run.end();
    expect(run.records).toMatchObject([{ outcome: 'timed_out', question: { name: told }, rcode: null }]);
    expect(run.statistics).toMatchObject([{ domain: told, time_outs: 1, rcodes: {}, success: null, failure: null }]);
  });
});

test('NXDOMAIN counted under rcode 3', () => {
  const run = new DnsRun({ records: 'both' });
  run.out(query(1, ['agafsdfsdasdfsd.com', 'A'])).in(answer(1, ['agafsdfsdasdfsd.com', 'A'], [], { rcode: 3 }));
  run.end();
  expect(run.records).toMatchObject([{ rcode: 'nxdomain', rcode_number: 3 }]);
  expect(run.statistics).toMatchObject([{ rcodes: { nxdomain: 1 }, success: null, failure: { count: 1 } }]);
});

test('server on a port other than 53 ignored, unless it is one of ports', () => {
  const remote = { ...SERVER, port: 5300 };
  for (const [ports, count] of [
    [[53], 0],
    [[53, 5300], 1],
  ] as const) {
    const run = new DnsRun({ ports: [...ports], records: 'both' });
    run.out(query(1, WWW), { remote }).in(answer(1, WWW, [A('golang.org', '203.0.113.7')]), { remote });
    expect(run.namesOf('203.0.113.7')).toHaveLength(count);
    run.end();
    expect(run.records).toHaveLength(count);
    expect(run.statistics).toHaveLength(count);
  }
});

test('parse error counter', () => {
  const run = new DnsRun();
  run.in(new Uint8Array(40).fill(0xff));
  run.in(answer(1, WWW, [A('golang.org', '203.0.113.7')]).subarray(0, 35));
  expect(run.stage.rejected).toMatchObject({ questions: 1, ends_early: 1, pointer: 0 });
  expect(discarded(run.end())).toEqual({ questions: 1, short: 1 });
});

test('IPv6 server', () => {
  const run = new DnsRun({ records: 'both' });
  const address = (last: number) => Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Uint8Array(11), last);
  const ends = { local: { address: address(1), port: 40_000 }, remote: { address: address(0x53), port: 53 } };
  const aaaa = { name: 'golang.org', type: 'AAAA', ttl: 60, data: '2001:db8::7' } as const;
  run.out(query(1, ['golang.org', 'AAAA']), ends).in(answer(1, ['golang.org', 'AAAA'], [aaaa]), ends);
  const { remote } = run.connect('', { remote_address: [...address(7)], local_address: [...address(1)] });
  expect(remote).toMatchObject({ address: '2001:db8::7', names: [{ name: 'golang.org' }] });
  run.end();
  expect(run.records).toMatchObject([
    { family: 'ipv6', remote: { address: '2001:db8::53' }, answers: [{ value: '2001:db8::7' }] },
  ]);
  expect(run.statistics).toMatchObject([{ family: 'ipv6', client: { address: '2001:db8::1' } }]);
});

test('nested CNAME', () => {
  const run = new DnsRun();
  const alias = (name: string, data: string) => ({ name, type: 'CNAME', ttl: 60, data }) as const;
  run.out(query(1, WWW));
  // In no order that helps.
  run.in(
    answer(1, WWW, [A('c.example', '203.0.113.7'), alias('b.example', 'c.example'), alias('golang.org', 'b.example')]),
  );
  expect(run.records).toMatchObject([
    { cname_chain: ['b.example', 'c.example'], answers: [{ link: 2 }, { link: 1 }, { link: 0 }] },
  ]);
  expect(run.namesOf('203.0.113.7')).toEqual(['golang.org']);
  run.end();
});

test('many IPs for a name', () => {
  const run = new DnsRun();
  const addresses = Array.from({ length: 60 }, (_, i) => `203.0.113.${i}`);
  run.out(query(1, WWW)).in(
    answer(
      1,
      WWW,
      addresses.map((data) => A('golang.org', data)),
    ),
  );
  for (const address of addresses) expect(run.namesOf(address)).toEqual(['golang.org']);
  expect(run.records[0]).toMatchObject({ answer_count: 60 });
  expect(run.records[0]!.answers).toHaveLength(32);
  run.end();
});

/** So many names of an address, asked for one after the other. */
function nameMany(run: DnsRun, names: readonly string[], ttl = 60): void {
  for (const [i, name] of names.entries()) {
    run.out(query(i, [name, 'A'])).in(answer(i, [name, 'A'], [A(name, '203.0.113.7', ttl)]));
    run.now += MS;
  }
}

test('many names for an IP: the newest first', () => {
  const run = new DnsRun();
  nameMany(run, ['a.example', 'b.example', 'c.example']);
  expect(run.namesOf('203.0.113.7')).toEqual(['c.example', 'b.example', 'a.example']);
  run.end();
});

test('oversized: beyond the most names of an address the eldest makes room, counted', () => {
  const run = new DnsRun({ maxNamesPerAddress: 4 });
  nameMany(run, ['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example']);
  expect(run.namesOf('203.0.113.7')).toEqual(['f.example', 'e.example', 'd.example', 'c.example']);
  expect(run.stage.addresses).toMatchObject({ evictedNames: 2, names: 4 });
  run.end();
});

test('expiry', () => {
  const run = new DnsRun();
  nameMany(run, ['a.example'], 40);
  expect(run.namesOf('203.0.113.7')).toEqual(['a.example']);
  run.tick(40 * S);
  expect(run.namesOf('203.0.113.7')).toEqual([]);
  // Forgotten two intervals later: whoever began before has been told of by then.
  for (let i = 0; i < 3; i++) {
    run.flush();
    run.tick(S);
  }
  expect(run.stage.addresses).toMatchObject({ addresses: 0, names: 0, expiredNames: 1 });
  expect(run.stage.names).toMatchObject({ bytes: 32 });
  run.end();
});

test('merge keeps later deadline', () => {
  const run = new DnsRun();
  nameMany(run, ['a.example'], 3000);
  nameMany(run, ['a.example'], 40);
  run.tick(100 * S);
  expect(run.namesOf('203.0.113.7')).toEqual(['a.example']);
  expect(run.stage.addresses).toMatchObject({ names: 1, learned: 2 });
  run.end();
});

test('mixed-case merges', () => {
  const run = new DnsRun({ records: 'both' });
  nameMany(run, ['Host.Example', 'hOST.eXAMPLE', 'host.example']);
  expect(run.namesOf('203.0.113.7')).toEqual(['host.example']);
  run.end();
  expect(run.statistics).toMatchObject([{ domain: 'host.example', rcodes: { noerror: 3 } }]);
});

test('telemetry', () => {
  const run = new DnsRun({ maxQueries: 2, records: 'both', maxStatistics: 1 });
  nameMany(run, ['a.example', 'b.example']);
  run.out(query(8, WWW)).out(query(9, WWW)).out(query(10, WWW));
  expect(run.stage).toMatchObject({
    ...{ impossible: 0, open: 2, displaced: 1, streams: 0, blocks: 0, holes: 0, evicted: 0, statistics: 1, dropped: 2 },
    addresses: { addresses: 1, names: 2, learned: 2, namespaces: 1 },
    names: { names: 3, refused: 0 },
  });
  run.end();
});

describe('stats', () => {
  const ended = (us: readonly number[], rcode: number) => {
    const run = new DnsRun({ records: 'statistics' });
    for (const [i, each] of us.entries()) {
      run.out(query(i, WWW));
      run.now += 1000 * each;
      run.in(answer(i, WWW, [], { rcode }));
    }
    run.end();
    return run.statistics[0]!;
  };

  test('success latency sum', () => {
    expect(ended([100, 200, 1], 0)).toMatchObject({ success: { count: 3, sum_us: 301 }, failure: null });
  });

  test('failure sum', () => {
    expect(ended([100, 200, 1], 2)).toMatchObject({ success: null, failure: { count: 3, sum_us: 301 } });
  });

  test('timeout: an answer after it counts for nothing', () => {
    const run = new DnsRun({ records: 'statistics' });
    run.out(query(1, WWW));
    run.now += 15 * S + 1;
    run.in(answer(1, WWW));
    run.end();
    expect(run.statistics).toMatchObject([{ time_outs: 1, rcodes: {}, success: null }]);
  });

  test('expired removal', () => {
    const run = new DnsRun({ records: 'statistics' });
    for (let id = 0; id < 100; id++) run.out(query(id, WWW));
    expect(run.stage).toMatchObject({ open: 100 });
    run.tick(17 * S);
    expect(run.stage).toMatchObject({ open: 0 });
    expect(run.end()).toMatchObject({ resident: 0, merged: 100 });
    expect(run.statistics).toMatchObject([{ time_outs: 100 }]);
  });
});
