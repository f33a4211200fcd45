import { describe, expect, it } from 'vitest';
import type { AddressRange, ConnectionFilter } from '../../src/connections/filter.js';
import { FilterMatcher } from '../../src/connections/filter-matcher.js';
import { CONN, DIRECTION, IPV6, OWNER_SOURCE, STATE, UDP, UNKNOWN } from '../../src/connections/layout.gen.js';
import { type ConnFields, conn } from '../support/frames.js';

function matches(filter: ConnectionFilter, fields: ConnFields = {}): boolean {
  // Not at the beginning of the memory, as in a batch.
  const bytes = new Uint8Array(2 * CONN.size);
  bytes.set(conn(fields), CONN.size);
  return new FilterMatcher(filter).matches(bytes, new Uint32Array(bytes.buffer), CONN.size);
}

function address(text: string, prefix: number, end: AddressRange['end'] = 'any'): AddressRange {
  return { end, prefix, bytes: Uint8Array.from(text.split('.').map(Number)) };
}

const V6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1];

describe('FilterMatcher', () => {
  it.each<[string, ConnectionFilter, ConnFields, boolean]>([
    ['an empty filter', {}, {}, true],
    ['empty lists', { pids: [], ports: [], processNames: [], states: [] }, {}, true],
    ['a pid', { pids: [7, 100] }, { pid: 100 }, true],
    ['another pid', { pids: [7, 101] }, { pid: 100 }, false],
    ['a pid beyond 2^31', { pids: [4294967295] }, { pid: 4294967295 }, true],
    ['the pid of nobody', { pids: [0] }, { pid: 0, owner_source: OWNER_SOURCE.none }, false],
    ['a name', { processNames: ['wget', 'curl'] }, {}, true],
    ['a prefix of the name', { processNames: ['cur'] }, {}, false],
    ['a longer name', { processNames: ['curls'] }, {}, false],
    ['a name of 15 bytes', { processNames: ['fifteen-bytes-n'] }, { comm: 'fifteen-bytes-n' }, true],
    ['a name the kernel has cut', { processNames: ['fifteen-bytes-name'] }, { comm: 'fifteen-bytes-n' }, true],
    ['a name of other letters', { processNames: ['écran'] }, { comm: 'écran' }, true],
    ['the name of nobody', { processNames: ['curl'] }, { owner_source: OWNER_SOURCE.none }, false],
    ['a local port', { ports: [{ end: 'local', first: 40000, last: 40000 }] }, {}, true],
    ['a local port that is the remote one', { ports: [{ end: 'local', first: 80, last: 80 }] }, {}, false],
    ['a remote port', { ports: [{ end: 'remote', first: 80, last: 80 }] }, {}, true],
    ['a range', { ports: [{ end: 'any', first: 79, last: 81 }] }, {}, true],
    ['a range beside', { ports: [{ end: 'any', first: 81, last: 39999 }] }, {}, false],
    [
      'one of two ranges',
      {
        ports: [
          { end: 'any', first: 1, last: 2 },
          { end: 'remote', first: 80, last: 80 },
        ],
      },
      {},
      true,
    ],
    ['the highest port', { ports: [{ end: 'remote', first: 65535, last: 65535 }] }, { remote_port: 65535 }, true],
    ['an address', { addresses: [address('127.0.0.1', 32)] }, {}, true],
    ['an address of the other end', { addresses: [address('127.0.0.1', 32, 'remote')] }, {}, false],
    ['another address', { addresses: [address('127.0.0.3', 32)] }, {}, false],
    ['a network', { addresses: [address('127.0.0.0', 8)] }, {}, true],
    ['a network of 31 bits', { addresses: [address('127.0.0.3', 31, 'remote')] }, {}, true],
    ['a network of 31 bits beside', { addresses: [address('127.0.0.5', 31)] }, {}, false],
    ['any IPv4 address', { addresses: [address('1.2.3.4', 0)] }, {}, true],
    ['any IPv4 address, of an IPv6 connection', { addresses: [address('1.2.3.4', 0)] }, { family: IPV6 }, false],
    [
      'an IPv4-mapped address',
      { addresses: [{ end: 'local', bytes: Uint8Array.from(MAPPED), prefix: 128 }] },
      {},
      true,
    ],
    [
      'an IPv4-mapped network',
      { addresses: [{ end: 'local', bytes: Uint8Array.from(MAPPED), prefix: 104 }] },
      { local_address: [127, 9, 9, 9] },
      true,
    ],
    [
      'an IPv6 address',
      { addresses: [{ end: 'local', bytes: Uint8Array.from(V6), prefix: 128 }] },
      { local_address: V6 },
      true,
    ],
    [
      'an IPv6 network',
      { addresses: [{ end: 'any', bytes: Uint8Array.from(V6), prefix: 33 }] },
      { local_address: V6.with(15, 9) },
      true,
    ],
    [
      'an IPv6 network beside',
      { addresses: [{ end: 'any', bytes: Uint8Array.from(V6), prefix: 33 }] },
      { local_address: V6.with(4, 0x80) },
      false,
    ],
    ['a protocol', { protocols: ['tcp'] }, {}, true],
    ['the other protocol', { protocols: ['udp'] }, {}, false],
    ['one of two protocols', { protocols: ['tcp', 'udp'] }, { protocol: UDP }, true],
    ['a direction', { directions: ['incoming', 'outgoing'] }, {}, true],
    ['another direction', { directions: ['incoming'] }, {}, false],
    ['an unknown direction', { directions: ['unknown'] }, { direction: DIRECTION.unknown }, true],
    ['a state', { states: ['closed'] }, {}, true],
    ['the other state', { states: ['closed'] }, { state: STATE.open }, false],
    [
      'all of several dimensions',
      { pids: [100], processNames: ['curl'], protocols: ['tcp'], states: ['closed'] },
      {},
      true,
    ],
    ['a user', { uids: [0, 1000] }, {}, true],
    ['another user', { uids: [0] }, {}, false],
    ['the user of nobody', { uids: [1000] }, { owner_source: OWNER_SOURCE.none }, false],
    ['a cgroup', { cgroups: [7, 4294967297] }, { cgroup_id: 4294967297 }, true],
    ['a cgroup whose low half is the same', { cgroups: [1] }, { cgroup_id: 4294967297 }, false],
    ['the cgroup of nobody', { cgroups: [0] }, { owner_source: OWNER_SOURCE.none }, false],
    ['a network namespace', { netns: [1, 4026531992] }, { netns_inode: 4026531992 }, true],
    ['another network namespace', { netns: [4026531992] }, { netns_inode: 4026531993 }, false],
    ['a failure of any cause', { failures: ['any'] }, { error: 71 }, true],
    ['no failure', { failures: ['any'] }, {}, false],
    ['a reset', { failures: ['reset'] }, { error: 104 }, true],
    ['a reset after the FIN', { failures: ['reset'] }, { error: 32 }, true],
    ['another cause', { failures: ['reset', 'timeout'] }, { error: 111 }, false],
    ['one of two causes', { failures: ['reset', 'timeout'] }, { error: 110 }, true],
    ['unreachable, host and network', { failures: ['host_unreachable'] }, { error: 101 }, false],
    ['a failure nobody knows the cause of', { failures: ['other'] }, { unknown: UNKNOWN.error }, true],
    ['bytes of both ways', { minBytes: 1000 }, { sent_bytes: 400, received_bytes: 600 }, true],
    ['one byte less', { minBytes: 1000 }, { sent_bytes: 400, received_bytes: 599 }, false],
    ['bytes beyond 2^32', { minBytes: 2 ** 32 }, { sent_bytes: 2 ** 32 }, true],
    ['bytes, those received unknown', { minBytes: 1 }, { received_bytes: 600, unknown: UNKNOWN.received_bytes }, false],
    ['a duration', { minDurationUs: 2 }, { start_ns: 1_999, end_ns: 3_000 }, true],
    ['a duration, by whole µs as the record has it', { minDurationUs: 2 }, { start_ns: 2_000, end_ns: 3_999 }, false],
    [
      'a duration beyond 2^32 ns',
      { minDurationUs: 5e6 },
      { start_ns: 2 ** 33 + 1, end_ns: 2 ** 33 + 5e9 + 1000 },
      true,
    ],
    ['a duration without a start', { minDurationUs: 1 }, { start_ns: 0, end_ns: 9e9 }, false],
    ['not a port', { not: { ports: [{ end: 'any', first: 80, last: 80 }] } }, {}, false],
    ['not another port', { not: { ports: [{ end: 'any', first: 22, last: 22 }] } }, {}, true],
    [
      'a name but not a port',
      { processNames: ['curl'], not: { ports: [{ end: 'local', first: 80, last: 80 }] } },
      {},
      true,
    ],
    ['not any of several dimensions', { not: { pids: [7], uids: [1000] } }, {}, false],
    ['not the name of nobody', { not: { processNames: ['curl'] } }, { owner_source: OWNER_SOURCE.none }, true],
    ['not failed', { not: { failures: ['any'] } }, {}, true],
    ['not failed, and it has', { not: { failures: ['any'] } }, { error: 110 }, false],
    ['not so long, when nobody knows', { not: { minDurationUs: 1 } }, { start_ns: 0 }, true],
    ['an empty not', { not: {} }, {}, true],
    ['all but one of several dimensions', { pids: [100], processNames: ['wget'], protocols: ['tcp'] }, {}, false],
  ])('%s', (_, filter, fields, expected) => {
    expect(matches(filter, fields)).toBe(expected);
  });

  it('ignores what stands behind the end of a name', () => {
    const bytes = conn({ comm: 'sh' });
    bytes.set([0x78, 0x79], 120 + 4);
    expect(new FilterMatcher({ processNames: ['sh'] }).matches(bytes, new Uint32Array(bytes.buffer), 0)).toBe(true);
  });
});

it('a lookup allocates nothing', () => {
  const filter: ConnectionFilter = {
    processNames: ['wget', 'curl'],
    ports: [{ end: 'any', first: 80, last: 80 }],
    addresses: [address('127.0.0.0', 8)],
    cgroups: [1],
    minBytes: 1,
    minDurationUs: 1,
    not: { failures: ['any'], uids: [0], netns: [1] },
  };
  const matcher = new FilterMatcher(filter);
  const bytes = conn({ cgroup_id: 1, sent_bytes: 1, start_ns: 1, end_ns: 9e9 });
  const words = new Uint32Array(bytes.buffer);
  let matched = 0;
  for (let i = 0; i < 20_000; i++) if (matcher.matches(bytes, words, 0)) matched++;
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 100_000; i++) if (matcher.matches(bytes, words, 0)) matched++;
  const after = process.memoryUsage().heapUsed;
  expect(matched).toBe(120_000);
  // An object per record would be 1.6 MB at least; what is left is the measuring itself.
  expect(after - before).toBeLessThan(400_000);
});
