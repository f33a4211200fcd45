import { describe, expect, test } from 'vitest';
import { classicFilter } from '../../src/dns/packets/classic-filter.js';
import { keeps, type Seen } from './classic-machine.js';

const [UDP, TCP, ICMP] = [17, 6, 1];
const [HOST, OUTGOING] = [0, 4];
const WHOLE = 0x40000;
const FILTER = classicFilter([53, 5353]);

const half = (value: number): number[] => [value >> 8, value & 0xff];
const ports = (source: number, dest: number): number[] => [...half(source), ...half(dest), 0, 8, 0, 0];

interface Four {
  protocol?: number;
  fragment?: number;
  options?: number;
  ihl?: number;
}

function ip4(transport: number[], { protocol = UDP, fragment = 0, options = 0, ihl }: Four = {}): number[] {
  const words = 5 + options;
  const head = [
    0x40 | (ihl ?? words),
    0,
    ...half(words * 4 + transport.length),
    0,
    7,
    ...half(fragment),
    64,
    protocol,
    0,
    0,
  ];
  return [...head, 192, 0, 2, 1, 192, 0, 2, 2, ...Array.from({ length: options * 4 }, () => 1), ...transport];
}

function ip6(following: number, rest: number[]): number[] {
  return [0x60, 0, 0, 0, ...half(rest.length), following, 64, ...Array.from({ length: 32 }, (_, i) => i), ...rest];
}

/** A frame of Ethernet, with tags in it. */
function frame(ip: number[], ...tags: number[]): Seen {
  const types = [...tags, ip[0]! >> 4 === 6 ? 0x86dd : 0x0800];
  const [first, ...further] = types;
  const head = [
    ...Array.from({ length: 12 }, () => 2),
    ...half(first!),
    ...further.flatMap((type) => [0, 5, ...half(type)]),
  ];
  return { bytes: Uint8Array.from([...head, ...ip]), ipAt: head.length };
}

const takes = (seen: Seen, filter = FILTER): boolean => {
  const kept = keeps(filter, seen);
  expect([0, WHOLE]).toContain(kept);
  return kept === WHOLE;
};

describe('of IPv4', () => {
  test('UDP and TCP from or to one of the ports', () => {
    for (const protocol of [UDP, TCP]) {
      expect(takes(frame(ip4(ports(53, 4444), { protocol })))).toBe(true);
      expect(takes(frame(ip4(ports(4444, 5353), { protocol })))).toBe(true);
      expect(takes(frame(ip4(ports(4444, 54), { protocol })))).toBe(false);
    }
    expect(takes(frame(ip4(ports(53, 53), { protocol: ICMP })))).toBe(false);
  });

  test('behind options, as many as there may be', () => {
    for (const options of [1, 2, 10]) {
      expect(takes(frame(ip4(ports(4444, 53), { options })))).toBe(true);
      expect(takes(frame(ip4(ports(4444, 80), { options })))).toBe(false);
    }
  });

  test('later fragments and headers that are too short, to be counted', () => {
    expect(takes(frame(ip4(ports(80, 80), { fragment: 3 })))).toBe(true);
    expect(takes(frame(ip4(ports(80, 80), { fragment: 3, protocol: ICMP })))).toBe(false);
    // The first one has its ports; a packet that must not be cut is none.
    expect(takes(frame(ip4(ports(80, 80), { fragment: 0x2000 })))).toBe(false);
    expect(takes(frame(ip4(ports(80, 53), { fragment: 0x2000 })))).toBe(true);
    expect(takes(frame(ip4(ports(80, 80), { fragment: 0x4000 })))).toBe(false);
    expect(takes(frame(ip4(ports(80, 80), { ihl: 4 })))).toBe(true);
  });

  test('nothing that ends before its ports', () => {
    const whole = frame(ip4(ports(53, 53)));
    for (let end = 0; end < whole.ipAt + 22; end++) {
      expect(takes({ ...whole, bytes: whole.bytes.subarray(0, end) }), `${end} bytes`).toBe(false);
    }
    expect(takes({ ...whole, bytes: whole.bytes.subarray(0, whole.ipAt + 22) })).toBe(true);
  });
});

describe('of IPv6', () => {
  test('UDP and TCP from or to one of the ports; extension headers as a whole', () => {
    for (const protocol of [UDP, TCP]) {
      expect(takes(frame(ip6(protocol, ports(53, 4444))))).toBe(true);
      expect(takes(frame(ip6(protocol, ports(4444, 53))))).toBe(true);
      expect(takes(frame(ip6(protocol, ports(4444, 80))))).toBe(false);
    }
    for (const extension of [0, 43, 44, 51, 60, 135, 139, 140])
      expect(takes(frame(ip6(extension, ports(80, 80))))).toBe(true);
    for (const other of [50, 58, 59, 132]) expect(takes(frame(ip6(other, ports(53, 53))))).toBe(false);
  });
});

test('tags in the packet are looked behind, two of them', () => {
  for (const ip of [(port: number) => ip4(ports(4444, port)), (port: number) => ip6(UDP, ports(4444, port))]) {
    for (const tags of [[0x8100], [0x88a8], [0x88a8, 0x8100], [0x8100, 0x8100]]) {
      expect(takes(frame(ip(53), ...tags)), String(tags)).toBe(true);
      expect(takes(frame(ip(80), ...tags)), String(tags)).toBe(false);
    }
    expect(takes(frame(ip(53), 0x88a8, 0x8100, 0x8100))).toBe(false);
  }
});

test('devices without a header of Ethernet begin where the kernel says', () => {
  const bytes = Uint8Array.from(ip4(ports(4444, 53)));
  const tunnel = { deviceType: 0xfffe };
  expect(takes({ bytes, ipAt: 0, ...tunnel })).toBe(true);
  expect(takes({ bytes: Uint8Array.from([9, 9, 9, 9, ...bytes]), ipAt: 4, ...tunnel })).toBe(true);
  expect(takes({ bytes: Uint8Array.from(ip6(UDP, ports(4444, 80))), ipAt: 0, ...tunnel })).toBe(false);
});

test('at loopback what arrives, elsewhere both', () => {
  const packet = frame(ip4(ports(4444, 53)));
  const [loopback, other] = [{ device: 1, deviceType: 772 }, { device: 2 }];
  expect(takes({ ...packet, ...loopback, type: OUTGOING })).toBe(false);
  expect(takes({ ...packet, ...loopback, type: HOST })).toBe(true);
  expect(takes({ ...packet, ...other, type: OUTGOING })).toBe(true);
});

test('what is no IP is left', () => {
  expect(takes(frame([0x00, 1, 8, 0, ...Array.from({ length: 60 }, () => 0)]))).toBe(false);
  expect(takes(frame([0x50, ...ip4(ports(53, 53)).slice(1)]))).toBe(false);
});

test('sixteen ports, each of them, and no other', () => {
  const many = Array.from({ length: 16 }, (_, i) => 1000 + 3000 * i);
  const filter = classicFilter(many);
  expect(filter.length / 8).toBeLessThanOrEqual(4096);
  for (const port of many) {
    expect(takes(frame(ip4(ports(port, 1), { options: 10 }), 0x88a8, 0x8100), filter)).toBe(true);
    expect(takes(frame(ip6(TCP, ports(1, port))), filter)).toBe(true);
    expect(takes(frame(ip4(ports(port + 1, port - 1))), filter)).toBe(false);
  }
});
