/** The datagram of the self-test and of canaries: nobody's message, and the proof of the hooks that saw it. */
import { expect, test } from 'vitest';
import { GROUP } from '../../src/dns/layout.gen.js';
import { CORE_KIND } from '../../src/frames/layout.gen.js';
import { selfTestPayload } from '../../src/kernel/self-test.js';
import type { SelfTestSocket } from '../../src/native/index.js';
import type { ProofEvent } from '../../src/pipeline/proofs.js';
import { DnsRun, discarded } from './dns-run.js';
import type { End } from './segments.js';

/** 127.116.0.53, since 53 is the other end's port. */
const CLIENT: End = { address: '127.116.0.53', port: 41_000 };
const SERVER: End = { address: '127.99.111.110', port: 53 };
const CANARY: End = { address: '127.99.97.110', port: 53 };
const BYTES = Uint8Array.from([0x63, 0x74, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const [OUT, IN] = [1001n, 1002n];

function begin(server: End, round: number, sockets = 2) {
  const run = new DnsRun();
  const events: ProofEvent[] = [];
  run.pipeline.proofs$.subscribe((event) => events.push(event));
  const word = ({ address }: End): number => Buffer.from((address as string).split('.').map(Number)).readUInt32BE();
  const socket = (cookie: bigint, sentBytes: number, from: End, to: End): SelfTestSocket => ({
    ...{ cookie, end: 'dns', sentBytes, receivedBytes: BYTES.length - sentBytes },
    ...{ localAddress: word(from), localPort: from.port, remoteAddress: word(to), remotePort: to.port },
  });
  const both = [socket(OUT, BYTES.length, CLIENT, server), socket(IN, 0, server, CLIENT)].slice(0, sockets);
  const payload = selfTestPayload({ round, openedNs: 1n, sockets: both }, [{ id: GROUP.capture, proof: 'dns' }], 7);
  run.stream.add(CORE_KIND.selftest, payload, 0);
  return { run, proofs: () => events.filter(({ type }) => type === 'right' || type === 'wrong') };
}

test('it proves the group when it has left and arrived, and is told nobody', () => {
  const { run, proofs } = begin(SERVER, 0);
  run.out(BYTES, { local: CLIENT, remote: SERVER, cookie: OUT });
  expect(proofs()).toEqual([]);
  run.in(BYTES, { local: SERVER, remote: CLIENT, cookie: IN });
  expect(proofs()).toEqual([{ type: 'right', group: GROUP.capture, round: 0 }]);
  const row = run.end();
  expect(row).toMatchObject({ enqueued: 2, self_test: 2, canary: 0, given: 0 });
  expect(discarded(row)).toEqual({});
});

test('where another server has the port, by its leaving alone', () => {
  const { run, proofs } = begin(CANARY, 3, 1);
  run.out(BYTES, { local: CLIENT, remote: CANARY, cookie: OUT });
  // At the other one's socket.
  run.in(BYTES, { local: CANARY, remote: CLIENT, cookie: 5n });
  expect(proofs()).toEqual([{ type: 'right', group: GROUP.capture, round: 3 }]);
  expect(run.end()).toMatchObject({ self_test: 0, canary: 2, given: 0 });
});

test('what says something else proves nothing, and is still nobody’s', () => {
  const { run, proofs } = begin(SERVER, 0);
  run.out(BYTES.subarray(1), { local: CLIENT, remote: SERVER, cookie: OUT });
  run.out(BYTES, { local: { ...SERVER, port: 54 }, remote: CLIENT, cookie: IN });
  expect(proofs()).toMatchObject([
    { type: 'wrong', fault: 'bytes 11 instead of 12' },
    { type: 'wrong', fault: 'seen at 1 instead of 0, local port 54 instead of 53' },
  ]);
  expect(run.end()).toMatchObject({ self_test: 2 });
});

test('another tracer’s is known by its addresses', () => {
  const run = new DnsRun();
  run.out(BYTES, { local: CLIENT, remote: SERVER, cookie: 5n });
  run.piece({ bytes: BYTES, source: 'packet_in', local: CANARY, remote: CLIENT, cookie: 0n });
  // Its port is not that of the other end.
  run.out(BYTES, { local: { ...CLIENT, address: '127.116.0.54' }, remote: SERVER, cookie: 5n });
  expect(run.end()).toMatchObject({ enqueued: 3, self_test: 1, canary: 1 });
});
