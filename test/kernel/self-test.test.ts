import { readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SELFTEST } from '../../src/frames/layout.gen.js';
import { coversAll, selfTestPayload } from '../../src/kernel/self-test.js';
import type { SelfTestEnd, SelfTestSocket } from '../../src/native/index.js';

const socket = (end: SelfTestEnd, cookie: bigint): SelfTestSocket => ({
  ...{ cookie, end, sentBytes: 7, receivedBytes: 10 },
  ...{ localAddress: 0x7f63616e, localPort: 40_993, remoteAddress: 0x7f74a021, remotePort: 51_234 },
});
const GROUPS = [
  { id: 0x101, proof: 'tcp', attached: true },
  { id: 0x102, proof: 'tcp', attached: true },
  { id: 0x103, proof: 'udp', attached: true },
  { id: 0x104, proof: 'open', attached: true },
  { id: 0x2001, proof: 'event', attached: true },
] as const;
const SOCKETS = [socket('tcp_client', 1n), socket('tcp_server', 2n ** 40n), socket('udp', 3n)];

test('an entry for each group that a socket proves, with what was done on it', () => {
  const payload = selfTestPayload({ round: 4, openedNs: 2n ** 33n, sockets: SOCKETS }, GROUPS, 77);
  const view = new DataView(payload.buffer);
  const at = (i: number) => i * SELFTEST.size;
  const entries = [0, 1, 2, 3].map((i) => [
    view.getBigUint64(at(i) + SELFTEST.cookie, true),
    view.getUint32(at(i) + SELFTEST.group, true),
  ]);
  expect(payload).toHaveLength(4 * SELFTEST.size);
  expect(entries).toEqual([
    [1n, 0x104],
    [2n ** 40n, 0x101],
    [2n ** 40n, 0x102],
    [3n, 0x103],
  ]);
  expect(view.getBigUint64(SELFTEST.opened_ns, true)).toBe(2n ** 33n);
  const words = ['round', 'pid', 'sent_bytes', 'received_bytes'] as const;
  expect(words.map((name) => view.getUint32(SELFTEST[name], true))).toEqual([4, 77, 7, 10]);
  expect([...payload.subarray(SELFTEST.local_address, SELFTEST.local_address + 4)]).toEqual([127, 99, 97, 110]);
  expect([...payload.subarray(SELFTEST.remote_address, SELFTEST.remote_address + 4)]).toEqual([127, 116, 160, 33]);
  expect(view.getUint16(SELFTEST.local_port, true)).toBe(40_993);
  expect(view.getUint16(SELFTEST.remote_port, true)).toBe(51_234);
});

test('the process is told by its number in the first pid namespace, or not at all', () => {
  const payload = selfTestPayload({ round: 0, openedNs: 0n, sockets: SOCKETS }, GROUPS);
  const first = readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]';
  expect(new DataView(payload.buffer).getUint32(SELFTEST.pid, true)).toBe(first ? process.pid : 0);
});

test('a canary that lacks the sockets of a group says nothing of it', () => {
  expect(coversAll(SOCKETS, GROUPS)).toBe(true);
  expect(coversAll(SOCKETS.slice(0, 2), GROUPS)).toBe(false);
  const withoutUdp = GROUPS.map((group) => ({ ...group, attached: group.proof !== 'udp' }));
  expect(coversAll(SOCKETS.slice(0, 2), withoutUdp)).toBe(true);
  expect(coversAll([], GROUPS)).toBe(false);
});
