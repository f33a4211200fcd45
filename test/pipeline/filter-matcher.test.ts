import { describe, expect, it } from 'vitest';
import { CONN, DIRECTION, IPV6, OWNER_SOURCE, STATE, UDP } from '../../src/kernel/layout.gen.js';
import type { AddressRange, ConnectionFilter } from '../../src/pipeline/filter.js';
import { FilterMatcher } from '../../src/pipeline/filter-matcher.js';
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
