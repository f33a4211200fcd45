/** What records say, as text. */
import { type Answer, encode } from 'dns-packet';
import { expect, test } from 'vitest';
import { MAX_VALUE_TEXT } from '../../../src/dns/message/limits.js';
import { DnsMessage } from '../../../src/dns/message/message.js';
import { ACCEPTED } from '../../../src/dns/message/reject.js';
import { VALUE_ROOM, ValueText } from '../../../src/dns/message/value-text.js';
import { hex, withAnswer } from './raw.js';

const out = new Uint8Array(VALUE_ROOM + 10);
const text = new ValueText();

function saidBy(bytes: Uint8Array, writer = text): string | null {
  const message = new DnsMessage();
  expect(message.parse(bytes, 0, bytes.length, false)).toBe(ACCEPTED);
  out.fill(0x21);
  const end = writer.put(out, 7, message, 0);
  return end < 0 ? null : Buffer.from(out.subarray(7, end)).toString('latin1');
}

const made = (answer: object): Uint8Array =>
  encode({ type: 'response', questions: [{ name: 'a.b', type: 'ANY' as never }], answers: [answer as Answer] });

test.each([
  [{ type: 'A', name: 'a.b', data: '192.0.2.255' }, '192.0.2.255'],
  [{ type: 'AAAA', name: 'a.b', data: '2001:db8::1' }, '2001:db8::1'],
  [{ type: 'AAAA', name: 'a.b', data: '::ffff:192.0.2.1' }, '::ffff:192.0.2.1'],
  [{ type: 'CNAME', name: 'a.b', data: 'X.a.b' }, 'x.a.b'],
  [{ type: 'NS', name: 'a.b', data: '.' }, '.'],
  [{ type: 'PTR', name: 'a.b', data: 'host.a.b' }, 'host.a.b'],
  [{ type: 'MX', name: 'a.b', data: { preference: 10, exchange: 'mail.a.b' } }, '10 mail.a.b'],
  [
    { type: 'SRV', name: 'a.b', data: { priority: 1, weight: 65535, port: 5060, target: 'sip.a.b' } },
    '1 65535 5060 sip.a.b',
  ],
  [
    {
      type: 'SOA',
      name: 'a.b',
      data: {
        mname: 'ns.a.b',
        rname: 'host\\.master.a.b',
        serial: 4294967295,
        refresh: 1,
        retry: 2,
        expire: 3,
        minimum: 4,
      },
    },
    'ns.a.b host\\.master.a.b 4294967295 1 2 3 4',
  ],
  [
    { type: 'TXT', name: 'a.b', data: ['v=spf1 "x"\\', Buffer.from([0x1b, 0xff])] },
    '"v=spf1 \\"x\\"\\\\" "\\027\\255"',
  ],
  [{ type: 'HINFO', name: 'a.b', data: { cpu: 'x', os: 'y' } }, null],
])('%j', (answer, expected) => {
  expect(saidBy(made(answer))).toBe(expected);
});

test.each([
  // RFC 9460, appendix D.
  ['D.1 alias', '0000 03666f6f076578616d706c6503636f6d00', '0 foo.example.com'],
  ['D.2 the owner itself', '0001 00', '1 .'],
  ['a port', '0010 03666f6f076578616d706c6503636f6d00 0003 0002 0035', '16 foo.example.com port=53'],
  [
    'a key without a name',
    '0001 03666f6f076578616d706c6503636f6d00 029b 0005 68656c6c6f',
    '1 foo.example.com key667="hello"',
  ],
  [
    'a key without a name, bytes',
    '0001 03666f6f076578616d706c6503636f6d00 029b 0009 68656c6c6fd2716f6f',
    '1 foo.example.com key667="hello\\210qoo"',
  ],
  [
    'two IPv6 hints',
    '0001 00 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001',
    '1 . ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    'mandatory, alpn, IPv4',
    '0010 03666f6f076578616d706c65036f726700 0000 0004 0001 0004 0001 0009 026832 0568332d3139 0004 0004 c0000201',
    '16 foo.example.org mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  ['a comma and a backslash within', '0010 00 0001 000c 08665c6f6f2c626172 026832', '16 . alpn="f\\\\oo\\044bar,h2"'],
  ['an empty one, and ECH', '0001 00 0002 0000 0005 0004 00010203', '1 . no-default-alpn ech=AAECAw=='],
  [
    'values that their keys cannot have',
    '0001 00 0001 0001 05 0003 0001 35 0004 0003 010203',
    '1 . alpn="\\005" port="5" ipv4hint="\\001\\002\\003"',
  ],
])('HTTPS, %s', (_, data, expected) => {
  expect(saidBy(withAnswer(65, hex(data)))).toBe(expected);
});

test('a long value is cut, and says so', () => {
  const value = saidBy(
    made({ type: 'TXT', name: 'a.b', data: Array.from({ length: 20 }, () => Buffer.alloc(255, 7)) }),
  );
  expect(value).toHaveLength(MAX_VALUE_TEXT);
  expect(text.cut).toBe(true);
  const addresses = Buffer.alloc(16 * 4000, 0xab);
  const hints = Buffer.concat([
    hex('0001 00 0006'),
    Buffer.from([addresses.length >> 8, addresses.length & 255]),
    addresses,
  ]);
  expect(saidBy(withAnswer(64, hints))!.length).toBeLessThanOrEqual(MAX_VALUE_TEXT);
  const short = saidBy(made({ type: 'TXT', name: 'a.b', data: 'x' }));
  expect([short, text.cut]).toEqual(['"x"', false]);
});

test('where names are not told as they are, what may hold one is not told at all', () => {
  const discreet = new ValueText({
    put: (to, pos, _wire, _start, length) => {
      to[pos] = 0x30 + (length % 10);
      return pos + 1;
    },
  });
  expect(saidBy(made({ type: 'MX', name: 'a.b', data: { preference: 10, exchange: 'mail.a.b' } }), discreet)).toBe(
    '10 0',
  );
  expect(saidBy(made({ type: 'TXT', name: 'a.b', data: 'include:secret.example' }), discreet)).toBeNull();
  const parameters = hex('0001 00 0003 0002 0035 0005 0004 00010203 029b 0005 68656c6c6f');
  expect(saidBy(withAnswer(65, parameters), discreet)).toBe('1 1 port=53');
  const known = hex('0001 00 0000 0002 0001 0001 0006 026832 026833 0002 0000 0004 0004 c0000201');
  expect(saidBy(withAnswer(65, known), discreet)).toBe(
    '1 1 mandatory=alpn alpn="h2,h3" no-default-alpn ipv4hint=192.0.2.1',
  );
  // Parameters that hold a text instead of what their keys want: protocols that nobody knows, lengths that cannot be.
  for (const key of ['0000', '0001', '0002', '0003', '0004', '0006'])
    expect(saidBy(withAnswer(65, hex(`0001 00 ${key} 0007 06736563726574`)), discreet)).toBe('1 1');
  expect(saidBy(withAnswer(65, hex('0001 00 0001 000a 026832 06736563726574')), discreet)).toBe('1 1');
});
