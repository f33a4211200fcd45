/** Messages as a real encoder makes them, read in place. */
import { encode, type Packet } from 'dns-packet';
import { expect, test } from 'vitest';
import { DnsMessage } from '../../../src/dns/message/message.js';
import { ACCEPTED } from '../../../src/dns/message/reject.js';
import { nameOf } from './name-of.js';

/** The message in the middle of other bytes. */
function parsed(packet: Packet, message = new DnsMessage()): DnsMessage {
  const bytes = encode(packet);
  const u8 = new Uint8Array(bytes.length + 9).fill(0xc0);
  u8.set(bytes, 5);
  expect(message.parse(u8, 5, bytes.length, false)).toBe(ACCEPTED);
  return message;
}

const question = { name: 'WWW.Example.com', type: 'A', class: 'IN' } as const;

test('a query', () => {
  const message = parsed({ type: 'query', id: 0xbeef, flags: 0x0100, questions: [question] });
  expect(message).toMatchObject({
    id: 0xbeef,
    response: false,
    opcode: 0,
    rcode: 0,
    recursionDesired: true,
    truncated: false,
    questions: 1,
    questionName: 0,
    questionType: 1,
    questionClass: 1,
    answers: 0,
    edns: -1,
    extendedError: -1,
  });
  expect(nameOf(message, 0)).toBe('www.example.com');
});

test('an answer: CNAMEs from the question to the addresses, in any order', () => {
  const answers = [
    { name: 'b.example.net', type: 'A', ttl: 60, data: '192.0.2.1' },
    { name: 'a.example.net', type: 'CNAME', ttl: 30, data: 'B.example.net' },
    { name: 'other.example', type: 'A', ttl: 60, data: '192.0.2.9' },
    { name: 'www.EXAMPLE.com', type: 'CNAME', ttl: 300, data: 'a.example.net' },
    { name: 'b.example.net', type: 'A', ttl: 61, data: '192.0.2.2' },
  ] as const;
  const message = parsed({ type: 'response', id: 1, flags: 0x8180, questions: [question], answers: [...answers] });
  expect(message.answers).toBe(5);
  const { u8 } = message;
  const chain = message.chainEnd();
  expect([...chain.name.subarray(0, chain.length)].map((name) => nameOf(message, name))).toEqual([
    'www.example.com',
    'a.example.net',
    'b.example.net',
  ]);
  expect(chain).toMatchObject({ ttl: 30, endless: false, addresses: 2 });
  const addresses = [...chain.address.subarray(0, chain.addresses)].map((i) => {
    const at = message.records.address[i]!;
    return [...u8.subarray(at, at + 4)].join('.');
  });
  expect(addresses).toEqual(['192.0.2.1', '192.0.2.2']);
});

test('CNAMEs in a circle have no end', () => {
  const answers = [
    { name: 'www.example.com', type: 'CNAME', data: 'a.example' },
    { name: 'a.example', type: 'CNAME', data: 'www.example.com' },
    { name: 'a.example', type: 'A', data: '192.0.2.1' },
  ] as const;
  const chain = parsed({ type: 'response', questions: [question], answers: [...answers] }).chainEnd();
  expect(chain).toMatchObject({ endless: true, addresses: 0 });
});

test('EDNS: the upper bits of the code, and the first extended error', () => {
  const message = parsed({
    type: 'response',
    flags: 0x8180,
    questions: [question],
    authorities: [{ name: 'example.com', type: 'NS', data: 'ns.example.com' }],
    additionals: [
      { name: 'ns.example.com', type: 'A', data: '192.0.2.53' },
      {
        name: '.',
        type: 'OPT',
        udpPayloadSize: 1232,
        extendedRcode: 1,
        ednsVersion: 0,
        flags: 0x8000,
        flag_do: true,
        options: [
          { code: 10, data: Buffer.alloc(8) },
          { code: 15, data: Buffer.from([0, 22, 0x78]) },
        ],
      } as never,
    ],
  });
  expect(message).toMatchObject({ rcode: 16, extendedError: 22, ednsSize: 1232, dnssecOk: true, ednsVersion: 0 });
  expect(message).toMatchObject({ answers: 0, authorities: 1, additionals: 2 });
});
