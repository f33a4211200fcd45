/** A name joins an address only by the answer to a query that was open (reliability.md SR-14): everything else is counted, and names nothing. */
import { expect, test } from 'vitest';
import { DnsRun, discarded, MS, S } from './dns-run.js';
import { answer, CLIENT, type Question, query, SERVER } from './segments.js';

const WWW: Question = ['www.example.org', 'A'];
const REAL = '203.0.113.7';
const FAKE = '198.51.100.66';
const record = (data: string) => ({ name: 'www.example.org', type: 'A', ttl: 300, data }) as const;

/** A run in which a query waits. */
function asked(): DnsRun {
  const run = new DnsRun();
  return run.out(query(7, WWW), { pid: 4711 });
}

/** The real answer comes, and the run ends. */
function settle(run: DnsRun) {
  run.in(answer(7, WWW, [record(REAL)]));
  expect(run.namesOf(REAL)).toEqual(['www.example.org']);
  expect(run.namesOf(FAKE)).toEqual([]);
  return discarded(run.end());
}

test('an answer to an open query names its addresses', () => {
  const run = asked();
  run.now += 20 * MS;
  run.in(answer(7, WWW, [record(REAL), record('203.0.113.8')]));
  const { remote } = run.connect('203.0.113.8', { pid: 4711 });
  expect(remote?.names).toEqual([
    { name: 'www.example.org', source: 'dns', time: '2023-11-14T22:13:30.020000Z', own: true },
  ]);
  expect(run.namesOf(REAL)).toEqual(['www.example.org']);
  expect(discarded(run.end())).toEqual({});
});

test('spoofed: an answer from another server', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(FAKE)]), { remote: { address: '198.51.100.1', port: 53 } });
  expect(settle(run)).toEqual({ wrong_server: 1 });
});

test('spoofed: an answer from another port of the server', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(FAKE)]), { remote: { ...SERVER, port: 5353 } });
  expect(settle(run)).toEqual({ unsolicited: 1 });
});

test('spoofed: an answer to another port of the asker', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(FAKE)]), { local: { ...CLIENT, port: 40_001 } });
  expect(settle(run)).toEqual({ unsolicited: 1 });
});

test('spoofed: an answer in another network namespace', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(FAKE)]), { netns: 2n });
  expect(run.namesOf(FAKE, { netns_cookie: 2 })).toEqual([]);
  expect(settle(run)).toEqual({ unsolicited: 1 });
});

test('spoofed: an answer over TCP to a query over UDP', () => {
  const run = asked();
  const bytes = answer(7, WWW, [record(FAKE)]);
  run.in(Uint8Array.of(0, bytes.length, ...bytes), { seq: 1 });
  expect(settle(run)).toEqual({ unsolicited: 1 });
});

test('spoofed: an answer that leaves', () => {
  const run = asked();
  run.out(answer(7, WWW, [record(FAKE)]));
  expect(settle(run)).toEqual({ unsolicited: 1 });
});

test('late: an answer after the time-out', () => {
  const run = asked();
  run.tick(17 * S);
  expect(run.records).toMatchObject([{ outcome: 'timed_out', messages: 1 }]);
  run.in(answer(7, WWW, [record(FAKE)]));
  expect(run.namesOf(FAKE)).toEqual([]);
  expect(discarded(run.end())).toEqual({ late: 1 });
  expect(run.records).toHaveLength(1);
});

test('late: an answer that comes when the time-out was not yet told', () => {
  const run = asked();
  run.now += 15 * S + 1000;
  run.in(answer(7, WWW, [record(FAKE)]));
  expect(run.namesOf(FAKE)).toEqual([]);
  expect(run.records).toMatchObject([{ outcome: 'timed_out', messages: 1 }]);
  expect(discarded(run.end())).toEqual({ late: 1 });
});

test('an answer at the very end of the time-out is believed', () => {
  const run = asked();
  run.now += 15 * S;
  expect(settle(run)).toEqual({});
});

test('an answer to a query that made room is of nothing that is known', () => {
  const run = new DnsRun({ maxQueries: 1 });
  run.out(query(7, WWW)).out(query(8, WWW));
  run.in(answer(7, WWW, [record(FAKE)]));
  expect(run.namesOf(FAKE)).toEqual([]);
  expect(discarded(run.end())).toEqual({ wrong_id: 1 });
});

test('unsolicited: an answer that nobody asked for', () => {
  const run = new DnsRun();
  run.in(answer(7, WWW, [record(FAKE)]));
  run.out(query(7, WWW));
  expect(settle(run)).toEqual({ unsolicited: 1 });
});

test('duplicate: a second answer', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(REAL)]));
  run.in(answer(7, WWW, [record(FAKE)]));
  expect(run.namesOf(REAL)).toEqual(['www.example.org']);
  expect(run.namesOf(FAKE)).toEqual([]);
  expect(run.records).toHaveLength(1);
  expect(discarded(run.end())).toEqual({ duplicate: 1 });
});

test('wrong id', () => {
  const run = asked();
  for (let id = 0; id < 100; id++) if (id !== 7) run.in(answer(id, WWW, [record(FAKE)]));
  expect(settle(run)).toEqual({ wrong_id: 99 });
});

test.each([
  ['name', ['ww.example.org', 'A']],
  ['type', ['www.example.org', 'AAAA']],
] as const)('wrong question: another %s', (_, [name, type]) => {
  const run = asked();
  run.in(answer(7, [name, type], [{ ...record(FAKE), name }]));
  expect(settle(run)).toEqual({ wrong_question: 1 });
});

test('wrong question: another class', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(FAKE)], { questions: [{ name: 'www.example.org', type: 'A', class: 'CH' }] }));
  expect(settle(run)).toEqual({ wrong_question: 1 });
});

test('wrong question: none', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(FAKE)], { questions: [] }));
  expect(settle(run)).toEqual({ wrong_question: 1 });
});

test('records that the question does not lead to name nothing', () => {
  const run = asked();
  const additionals = [{ ...record(FAKE), name: 'bank.example' }];
  run.in(
    answer(7, WWW, [record(REAL), { ...record(FAKE), name: 'bank.example' }], {
      additionals,
      authorities: additionals,
    }),
  );
  expect(run.namesOf(REAL)).toEqual(['www.example.org']);
  expect(run.namesOf(FAKE)).toEqual([]);
  run.end();
});

test('a chain that leads in a circle names nothing', () => {
  const run = asked();
  const alias = (name: string, data: string) => ({ name, type: 'CNAME', ttl: 60, data }) as const;
  run.in(answer(7, WWW, [alias('www.example.org', 'b.example'), alias('b.example', 'www.example.org'), record(FAKE)]));
  expect(run.namesOf(FAKE)).toEqual([]);
  run.end();
});

test('an answer with an error names nothing', () => {
  const run = asked();
  run.in(answer(7, WWW, [record(FAKE)], { rcode: 2 }));
  expect(run.namesOf(FAKE)).toEqual([]);
  run.end();
});

test('what a server of this host answers names nothing for its own connections', () => {
  const run = new DnsRun();
  run.asked(query(7, WWW)).answers(answer(7, WWW, [record(FAKE)]));
  expect(run.records).toMatchObject([{ role: 'server', outcome: 'answered' }]);
  expect(run.namesOf(FAKE)).toEqual([]);
  run.end();
});

test('two namespaces with the same address and other names stay apart', () => {
  const run = new DnsRun();
  run.out(query(7, WWW)).in(answer(7, WWW, [record(REAL)]));
  const other: Question = ['db.internal', 'A'];
  run.out(query(7, other), { netns: 2n });
  run.in(answer(7, other, [{ ...record(REAL), name: 'db.internal' }]), { netns: 2n });
  expect(run.namesOf(REAL)).toEqual(['www.example.org']);
  expect(run.namesOf(REAL, { netns_cookie: 2 })).toEqual(['db.internal']);
  run.end();
});

test('a name joins no connection that began before its answer, or after its time', () => {
  const run = asked();
  run.now += 10 * MS;
  run.in(answer(7, WWW, [{ ...record(REAL), ttl: 60 }]));
  run.now += 1000;
  expect(run.namesOf(REAL, { agoNs: 2000 })).toEqual([]);
  expect(run.namesOf(REAL)).toEqual(['www.example.org']);
  run.now += 60 * S - 1000;
  expect(run.namesOf(REAL)).toEqual(['www.example.org']);
  run.now += 1;
  expect(run.namesOf(REAL)).toEqual([]);
  run.end();
});
