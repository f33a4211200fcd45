import { expect, test } from 'vitest';
import { compareDns, compareNames, compareStatistics } from '../kernels/dns.js';
import type { ExpectedDnsEnd } from '../kernels/result.js';
import type { DnsLine } from '../live/support/dns/records.js';

const END: ExpectedDnsEnd = {
  role: 'client',
  transport: 'udp',
  family: 'ipv4',
  local: ['127.0.0.1', 40_000],
  remote: ['127.0.0.1', 53],
  netns: 7,
  pid: 12,
  process: 'dns-asker',
  id: 1001,
  name: 'web.lo4raw.ct.test',
  type: 'A',
  outcome: 'answered',
  rcode: 'noerror',
  truncated: false,
  answers: 1,
  retries: 0,
};

const LINE = {
  role: 'client',
  outcome: 'answered',
  transport: 'udp',
  family: 'ipv4',
  netns: { inode: 7 },
  local: { address: '127.0.0.1', port: 40_000 },
  remote: { address: '127.0.0.1', port: 53 },
  process: { pid: 12, name: 'dns-asker', uid: 0, source: 'send' },
  id: 1001,
  question: { name: 'web.lo4raw.ct.test', type: 'A', class: 'IN' },
  rcode: 'noerror',
  answer_count: 1,
  latency_us: 5,
  retries: 0,
  truncated: false,
} as unknown as DnsLine;

test('a query that is told once and right is no difference; what others ask is nobody’s', () => {
  const other = { ...LINE, question: { ...LINE.question, name: 'example.org' } };
  expect(compareDns([END], [LINE, other])).toEqual({ exact: 1, of: 1, wrong: [] });
});

test.for<[string, DnsLine[], number, RegExp]>([
  ['missing', [], 0, /^missing: client udp/],
  ['told twice', [LINE, LINE], 1, /^not expected: client udp/],
  ['of another process', [{ ...LINE, process: { ...LINE.process!, pid: 13 } }], 0, /by dns-asker 13/],
  ['of no process', [{ ...LINE, process: null }], 0, /^not expected:/],
  ['in another namespace', [{ ...LINE, netns: { inode: 8 } }], 0, /in 8/],
  ['answered otherwise', [{ ...LINE, rcode: 'nxdomain' }], 0, /nxdomain/],
  ['before it was asked', [{ ...LINE, latency_us: -1 }], 1, /took -1 µs/],
  ['answered in no time that is known', [{ ...LINE, latency_us: null }], 1, /took null µs/],
])('a query %s is told', ([, lines, exact, sentence]) => {
  const found = compareDns([END], lines);
  expect(found.exact).toBe(exact);
  expect(found.wrong.join('\n')).toMatch(sentence);
});

test('a connection without the name that was asked for is told', () => {
  const made = { name: 'site.lo4library.ct.test', address: '127.0.0.77', local: 5, remote: 8053, pid: 12 };
  const named = (name: string, own: boolean) => ({
    record: 'connection',
    state: 'closed',
    local: { port: 5 },
    remote: { address: '127.0.0.77', port: 8053, names: [{ name, source: 'dns', own }] },
    process: { pid: 12 },
  });
  expect(compareNames([made], [named(made.name, true)])).toEqual({ exact: 1, of: 1, wrong: [] });
  expect(compareNames([made], [named(made.name, false)]).exact).toBe(0);
  expect(compareNames([made], [named('other.ct.test', true)]).exact).toBe(0);
  expect(compareNames([made], []).exact).toBe(0);
});

test('statistics that are not the sums of what was asked are told', () => {
  const sum = {
    domain: END.name,
    type: 'A',
    transport: 'udp',
    family: 'ipv4',
    rcodes: { noerror: 1 },
    time_outs: 0,
    given_up: 0,
    retries: 0,
  };
  expect(compareStatistics([END], [sum])).toEqual([]);
  expect(compareStatistics([END], [])).toEqual([`udp ipv4 ${END.name} A noerror: -1 too many`]);
  expect(compareStatistics([END], [sum, { ...sum, rcodes: {}, time_outs: 1 }])).toEqual([
    `udp ipv4 ${END.name} A timed_out: 1 too many`,
  ]);
});
