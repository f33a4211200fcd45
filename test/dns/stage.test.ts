/** What is told of queries and answers, at either end and on the way. */
import { expect, test } from 'vitest';
import { DnsRun, discarded, MS, S } from './dns-run.js';
import { answer, CLIENT, type Question, query, SERVER } from './segments.js';

const WWW: Question = ['www.example.org', 'A'];
const A = { name: 'www.example.org', type: 'A', ttl: 300, data: '203.0.113.7' } as const;

test('a query and its answer are one record, which stands for two messages', () => {
  const run = new DnsRun();
  run.out(query(7, WWW), { pid: 4711, comm: 'curl', startNs: 5 * S });
  run.now += 20 * MS;
  run.in(answer(7, WWW, [A]));
  expect(run.records).toEqual([
    {
      ...{ record: 'dns', host: 'test', boot_id: 'b', run: 0, seq: 1, time: '2023-11-14T22:13:30.000000Z' },
      ...{ role: 'client', outcome: 'answered', transport: 'udp', family: 'ipv4', cookie: 77 },
      netns: { inode: 4026531840, cookie: 1 },
      local: { address: '192.0.2.10', port: 40000 },
      remote: { address: '192.0.2.53', port: 53 },
      process: {
        ...{ pid: 4711, name: 'curl', uid: 1000, cgroup_id: 5 },
        ...{ start_time: '2023-11-14T22:13:25.000000Z', source: 'send' },
      },
      ...{ id: 7, opcode: 0, question: { name: 'www.example.org', type: 'A', class: 'IN' } },
      ...{ rcode: 'noerror', rcode_number: 0, extended_error: null },
      answers: [{ link: 0, type: 'A', ttl: 300, value: '203.0.113.7' }],
      ...{ answer_count: 1, cname_chain: [], ttl: 300, latency_us: 20_000, retries: 0 },
      ...{ truncated: false, cut: false, messages: 2 },
    },
  ]);
  const row = run.end();
  expect(row).toMatchObject({ feature: 'dns', enqueued: 2, given: 2, resident: 0, merged: 0, filtered: 0 });
  expect(discarded(row)).toEqual({});
});

test('a query that waits is resident', () => {
  const run = new DnsRun();
  run.out(query(7, WWW));
  expect(run.flush().accounts[0]).toMatchObject({ enqueued: 1, resident: 1, given: 0 });
  run.in(answer(7, WWW, [A]));
  expect(run.end()).toMatchObject({ enqueued: 1, resident: 0, given: 2 });
});

test('both ends of a query inside the host have a record, each with its process', () => {
  const run = new DnsRun();
  run.out(query(7, WWW), { pid: 1, comm: 'curl' });
  run.asked(query(7, WWW));
  run.piece({
    ...{ bytes: answer(7, WWW, [A]), source: 'cgroup_out', local: SERVER, remote: CLIENT, cookie: 78n },
    ...{ pid: 2, comm: 'dnsmasq' },
  });
  run.in(answer(7, WWW, [A]));
  expect(run.records).toMatchObject([
    { role: 'server', cookie: 78, local: { port: 53 }, remote: { port: 40000 }, process: { pid: 2, name: 'dnsmasq' } },
    { role: 'client', cookie: 77, local: { port: 40000 }, remote: { port: 53 }, process: { pid: 1, name: 'curl' } },
  ]);
  expect(run.end()).toMatchObject({ enqueued: 4, given: 4 });
});

test.each(['packet_out', 'packet_other'] as const)('on the wire, local is who asks: seen %s', (source) => {
  const run = new DnsRun();
  run.piece({ bytes: query(7, WWW), source, cookie: 0n });
  // What comes back: of others the source is local, of what arrives the destination.
  const back =
    source === 'packet_out' ? ({ source: 'packet_in' } as const) : ({ source, local: SERVER, remote: CLIENT } as const);
  run.piece({ bytes: answer(7, WWW, [A]), cookie: 0n, ...back });
  expect(run.records).toMatchObject([
    { role: 'observer', cookie: null, process: null, local: { address: '192.0.2.10' }, remote: { port: 53 } },
  ]);
  expect(run.end()).toMatchObject({ enqueued: 2, given: 2 });
});

test('at the device of a server local is who asks, too', () => {
  const run = new DnsRun();
  run.piece({ bytes: query(7, WWW), source: 'packet_in', local: SERVER, remote: CLIENT, cookie: 0n });
  run.piece({ bytes: answer(7, WWW, [A]), source: 'packet_out', local: SERVER, remote: CLIENT, cookie: 0n });
  expect(run.records).toMatchObject([{ role: 'observer', local: { port: 40000 }, remote: { port: 53 } }]);
  expect(run.end()).toMatchObject({ given: 2 });
});

test('a query that is sent again is the same query; its latency counts from the first', () => {
  const run = new DnsRun();
  run.out(query(7, WWW));
  run.now += 5 * S;
  run.out(query(7, WWW));
  run.now += 10 * MS;
  run.in(answer(7, WWW, [A]));
  expect(run.records).toMatchObject([{ retries: 1, latency_us: 5_010_000, messages: 3 }]);
  expect(run.end()).toMatchObject({ enqueued: 3, given: 3 });
});

test('a query that two devices of a namespace see was sent once', () => {
  const run = new DnsRun();
  run.piece({ bytes: query(7, WWW), source: 'packet_out', ifindex: 2, cookie: 0n });
  run.piece({ bytes: query(7, WWW), source: 'packet_out', ifindex: 3, cookie: 0n });
  run.piece({ bytes: answer(7, WWW, [A]), source: 'packet_in', ifindex: 2, cookie: 0n });
  expect(run.records).toMatchObject([{ retries: 0, messages: 3 }]);
  run.end();
});

test('the same id may ask for two things at once', () => {
  const run = new DnsRun();
  run.out(query(7, WWW)).out(query(7, ['www.example.org', 'AAAA']));
  run.in(answer(7, ['www.example.org', 'AAAA'])).in(answer(7, WWW, [A]));
  expect(run.records.map(({ question }) => question.type)).toEqual(['AAAA', 'A']);
  expect(run.end()).toMatchObject({ given: 4 });
});

test('what is never answered times out', () => {
  const run = new DnsRun({ timeout: 2000 });
  run.out(query(7, WWW), { pid: 9 });
  run.tick(2 * S);
  expect(run.records).toEqual([]);
  run.tick(2 * S);
  expect(run.records).toMatchObject([
    {
      ...{ outcome: 'timed_out', rcode: null, rcode_number: null, answer_count: null, latency_us: null, ttl: null },
      ...{ truncated: null, answers: [], cname_chain: [], process: { pid: 9 }, messages: 1 },
    },
  ]);
  expect(run.end()).toMatchObject({ given: 1, resident: 0 });
});

test('what waits when the run ends is told so', () => {
  const run = new DnsRun();
  run.out(query(7, WWW));
  expect(run.end()).toMatchObject({ given: 1, resident: 0 });
  expect(run.records).toMatchObject([{ outcome: 'run_end', rcode: null, messages: 1 }]);
});

test('the eldest query makes room, and is told', () => {
  const run = new DnsRun({ maxQueries: 3 });
  for (const id of [1, 2, 3, 4]) run.out(query(id, WWW));
  expect(run.records).toMatchObject([{ id: 1, outcome: 'displaced' }]);
  run.in(answer(4, WWW, [A]));
  // A query that is over makes room before one that waits.
  run.out(query(5, WWW));
  expect(run.records).toMatchObject([{ id: 1 }, { id: 4, outcome: 'answered' }]);
  expect(run.stage).toMatchObject({ open: 3, displaced: 1 });
  expect(run.end()).toMatchObject({ enqueued: 6, given: 6 });
});

test.each([
  ['by its cookie', { netns: 2n }],
  ['by its inode where the kernel tells no cookie', { netns: 0n, netnsInode: 4026532000 }],
])('a namespace that gets no answers makes room for its own queries, %s', (_, other) => {
  const run = new DnsRun({ maxQueries: 6 });
  run.out(query(1, WWW)).out(query(2, WWW)).out(query(3, WWW));
  for (let id = 10; id < 20; id++) run.out(query(id, WWW), other);
  expect(run.records.map(({ id, outcome }) => [id, outcome])).toEqual(
    [10, 11, 12, 13, 14, 15, 16].map((id) => [id, 'displaced']),
  );
  // Whoever has less than a share gets it, from who has the most.
  run.out(query(4, WWW), { netns: 3n });
  expect(run.records.at(-1)).toMatchObject({ id: 1, outcome: 'displaced' });
  run.in(answer(2, WWW, [A])).in(answer(3, WWW, [A]));
  expect(run.records.slice(-2)).toMatchObject([
    { id: 2, outcome: 'answered' },
    { id: 3, outcome: 'answered' },
  ]);
  expect(run.stage).toMatchObject({ open: 4, displaced: 8 });
  run.end();
});

test('an answer without a question is the answer of an error', () => {
  const run = new DnsRun();
  run.out(query(7, WWW)).in(answer(7, WWW, [], { rcode: 4, questions: [] }));
  expect(run.records).toMatchObject([{ rcode: 'notimp', rcode_number: 4, question: { name: 'www.example.org' } }]);
  run.out(query(8, WWW)).in(answer(8, WWW, [A], { questions: [] }));
  expect(discarded(run.end())).toEqual({ wrong_question: 1 });
});

test('types that are not recorded are filtered, and put names into the map all the same', () => {
  const run = new DnsRun({ types: ['MX'] });
  run.out(query(7, WWW)).in(answer(7, WWW, [A]));
  run.out(query(8, ['example.org', 'MX']));
  run.in(
    answer(
      8,
      ['example.org', 'MX'],
      [{ name: 'example.org', type: 'MX', data: { preference: 10, exchange: 'mail.example.org' } }],
    ),
  );
  expect(run.records).toMatchObject([{ question: { type: 'MX' }, answers: [{ value: '10 mail.example.org' }] }]);
  expect(run.stage).toMatchObject({ addresses: { addresses: 1 } });
  expect(run.end()).toMatchObject({ filtered: 2, given: 2 });
});

test('all types are recorded when all are asked for', () => {
  const run = new DnsRun({ types: ['*'] });
  run.out(query(7, ['example.org', 'UNKNOWN_65400'])).in(answer(7, ['example.org', 'UNKNOWN_65400']));
  expect(run.records).toMatchObject([{ question: { type: 'TYPE65400' } }]);
  run.end();
});

test('only failures: the others are filtered', () => {
  const run = new DnsRun({ failures: true });
  run.out(query(7, WWW)).in(answer(7, WWW, [A]));
  run.out(query(8, WWW)).in(answer(8, WWW, [], { rcode: 3 }));
  expect(run.records).toMatchObject([{ rcode: 'nxdomain' }]);
  expect(run.end()).toMatchObject({ filtered: 2, given: 2 });
});

test('a datagram of which a part is kept is a record that says so', () => {
  const run = new DnsRun();
  const long = answer(
    7,
    ['example.org', 'TXT'],
    [{ name: 'example.org', type: 'TXT', ttl: 9, data: ['x'.repeat(200)] }],
  );
  run.out(query(7, ['example.org', 'TXT']));
  run.in(long.subarray(0, 60), { wireLength: long.length });
  expect(run.records).toMatchObject([{ cut: true, answers: [], answer_count: 1, rcode: 'noerror', truncated: false }]);
  expect(run.end()).toMatchObject({ given: 2 });
});

test('names are lower-cased, whatever the asker spells (0x20)', () => {
  const run = new DnsRun();
  run.out(query(7, ['wWw.ExAmPlE.oRg', 'A'])).in(answer(7, ['WWW.example.ORG', 'A'], [A]));
  expect(run.records).toMatchObject([{ question: { name: 'www.example.org' }, answers: [{ link: 0 }] }]);
  run.end();
});

test('the least TTL of chain and addresses is how long an answer may be kept', () => {
  const run = new DnsRun();
  run.out(query(7, WWW));
  run.in(
    answer(7, WWW, [
      { name: 'www.example.org', type: 'CNAME', ttl: 60, data: 'cdn.example.net' },
      { name: 'cdn.example.net', type: 'A', ttl: 300, data: '203.0.113.7' },
      { name: 'other.example', type: 'A', ttl: 5, data: '203.0.113.8' },
    ]),
  );
  expect(run.records).toMatchObject([
    {
      ...{ ttl: 60, cname_chain: ['cdn.example.net'] },
      answers: [
        { link: 0, type: 'CNAME', value: 'cdn.example.net' },
        { link: 1, type: 'A', value: '203.0.113.7' },
        { link: null, type: 'A', value: '203.0.113.8' },
      ],
    },
  ]);
  // What is not at the end of the chain has no name.
  expect(run.stage).toMatchObject({ addresses: { addresses: 1 } });
  run.end();
});

test('hashed, no name is told as it is, in the question, the chain and values', () => {
  const run = new DnsRun({ names: 'hash' }, (name: string) => `h${name.length}`);
  run.out(query(7, WWW));
  run.in(answer(7, WWW, [{ name: 'www.example.org', type: 'CNAME', ttl: 60, data: 'cdn.example.net' }]));
  run.out(query(8, ['example.org', 'TXT']));
  run.in(answer(8, ['example.org', 'TXT'], [{ name: 'example.org', type: 'TXT', data: 'for example.org' }]));
  expect(run.records).toMatchObject([
    { question: { name: 'h15' }, cname_chain: ['h15'], answers: [{ value: 'h15' }] },
    { question: { name: 'h11' }, answers: [{ type: 'TXT', value: null }] },
  ]);
  expect(run.writer.lines.join('')).not.toMatch(/example/);
  run.end();
});

test('frames that the program cannot have written are counted', () => {
  const run = new DnsRun();
  run.out(query(7, WWW), { bootNs: 2 ** 61 });
  run.out(query(7, WWW), { wireLength: 3 });
  run.piece({ seq: 5, flags: 2, bootNs: 2 ** 61 });
  expect(discarded(run.end())).toEqual({ impossible: 2 });
  expect(run.stage).toMatchObject({ impossible: 1 });
});

test.each([
  ['short', new Uint8Array(11)],
  ['short', query(7, WWW).subarray(0, 20)],
  ['questions', query(7, WWW, { questions: [] })],
  [
    'questions',
    query(7, WWW, {
      questions: [
        { name: 'a', type: 'A' },
        { name: 'b', type: 'A' },
      ],
    }),
  ],
  ['bad_name', Uint8Array.of(...query(7, WWW).subarray(0, 12), 0xc0, 12, 0, 1, 0, 1)],
  ['bad_record', new Uint8Array(answer(7, WWW, [A])).with(-5, 3)],
])('a message that is none is discarded as %s', (cause, bytes) => {
  const run = new DnsRun();
  run.out(bytes);
  expect(discarded(run.end())).toEqual({ [cause]: 1 });
  expect(run.records).toEqual([]);
});

test.each(['dns', 'both'] as const)('names are held as long as something has them: records %s', (records) => {
  const run = new DnsRun({ records, maxQueries: 8, types: ['*'] });
  for (let n = 0; n < 2000; n++) {
    const question: Question = [`host-${n}.example.org`, 'A'];
    run.out(query(n, question));
    if (n % 3 > 0) run.in(answer(n, question, [], { rcode: n % 3 }));
    if (n % 100 === 99) run.tick(S).flush();
  }
  // Of a query that is over the name stays for what comes too late.
  run.tick(S).tick(S);
  expect(run.stage.names).toMatchObject({ names: 8, refused: 0 });
  run.end();
});
