/** What is shown in the place of names. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { DnsMessage } from '../../../src/dns/message/message.js';
import { NameTable } from '../../../src/dns/message/name-table.js';
import { putNameText } from '../../../src/dns/message/name-text.js';
import { RecentNames } from '../../../src/dns/message/recent-names.js';
import { ValueText } from '../../../src/dns/message/value-text.js';
import { keyedHash } from '../../../src/dns/privacy/keyed-hash.js';
import { namePrivacy } from '../../../src/dns/privacy/prepare.js';
import { registrableDomain } from '../../../src/dns/privacy/registrable-domain.js';
import { hex, withAnswer } from '../message/raw.js';

const folder = mkdtempSync(join(tmpdir(), 'conntrail-privacy-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['www.example.com', 'example.com'],
  ['a.b.c.example.co.uk', 'example.co.uk'],
  ['_ldap._tcp.dc.example.org', 'example.org'],
  ['secret.s3.amazonaws.com', 'amazonaws.com'],
  ['1.2.0.192.in-addr.arpa', '192.in-addr.arpa'],
  ['host.office.internal', 'office.internal'],
  ['a\\.b.\\000.example.com', 'example.com'],
  ['secret\\.com', '*'],
  ['secret\\\\.com', 'secret\\092.com'],
  ['co.uk', 'co.uk'],
  ['com', 'com'],
  ['.', '.'],
  ['localhost', '*'],
  ['johns-phone', '*'],
])('registrable domain of %s', (name, domain) => {
  expect(registrableDomain(name)).toBe(domain);
});

test('whatever bytes its labels hold, a domain is the end of its name, and never all of a longer one', () => {
  const label = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
    fc
      .constantFrom('.', '\\', '\\.', 'com', '[', ']', '//', 'a:80', '?', '#', '@', ' ', '*', '!', '127', '\0')
      .map((text) => Buffer.from(text, 'latin1')),
  );
  const out = new Uint8Array(1020);
  fc.assert(
    fc.property(fc.array(label, { minLength: 3, maxLength: 8 }), (labels) => {
      const wire = Buffer.concat([...labels.flatMap((each) => [Buffer.from([each.length]), each]), Buffer.from([0])]);
      const name = Buffer.from(out.subarray(0, putNameText(out, 0, wire, 0))).toString('latin1');
      // Labels do not have dots of their own, as the domain writes them.
      const plain = name.replace(/\\(\D)/g, (_, escaped) => (escaped === '.' ? '\\046' : '\\092'));
      const domain = registrableDomain(name);
      expect(plain.split('.')).toHaveLength(labels.length);
      expect(domain === '*' || plain.endsWith(`.${domain}`), `${name} as ${domain}`).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('a keyed hash is HMAC-SHA-256 of the name, whose key decides', () => {
  const key = Buffer.alloc(16, 7);
  const expected = createHmac('sha256', key).update('www.example.com').digest().subarray(0, 12).toString('hex');
  expect(keyedHash(key)('www.example.com')).toBe(expected);
  expect(keyedHash(Buffer.alloc(16, 8))('www.example.com')).not.toBe(expected);
});

test('the key is that of the file; without one each run has its own', async () => {
  const hashKeyFile = join(folder, 'key');
  writeFileSync(hashKeyFile, Buffer.alloc(32, 1));
  const one = await namePrivacy({ names: 'hash', hashKeyFile }, false);
  expect(one!('a.b')).toBe(keyedHash(Buffer.alloc(32, 1))('a.b'));
  const drawn = await namePrivacy({ names: 'hash' }, false);
  const other = await namePrivacy({ names: 'hash' }, false);
  expect(drawn!('a.b')).not.toBe(other!('a.b'));
  expect(await namePrivacy({ names: 'full' }, false)).toBeUndefined();
});

test('a key that is missing or short is refused, also where a recording is replayed: no other key takes its place', async () => {
  const missing = { names: 'hash', hashKeyFile: join(folder, 'missing') } as const;
  await expect(namePrivacy(missing, false)).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
  await expect(namePrivacy(missing, true)).rejects.toMatchObject({
    code: 'CONNTRAIL_IO',
    message: expect.stringMatching(
      /^The key of dns\.hashKeyFile .*missing.*; the recording does not hold it: put the key there/,
    ),
  });
  // Without a file each run has a key of its own, and so has each replay.
  const drawn = await namePrivacy({ names: 'hash' }, true);
  expect(drawn!('a.b')).not.toBe((await namePrivacy({ names: 'hash' }, true))!('a.b'));
  const hashKeyFile = join(folder, 'short');
  writeFileSync(hashKeyFile, 'fifteen bytes..');
  await expect(namePrivacy({ names: 'hash', hashKeyFile }, false)).rejects.toMatchObject({ code: 'CONNTRAIL_OPTION' });
});

test('a name is worked out once for as long as it is held, or was written lately', () => {
  let worked = 0;
  const privacy = (name: string): string => {
    worked++;
    return registrableDomain(name);
  };
  const table = new NameTable({ maxNames: 2000, maxBytes: 200_000, privacy });
  const recent = new RecentNames(table);
  const values = new ValueText(recent);
  const message = new DnsMessage();
  const bytes = withAnswer(5, hex('06736563726574076578616d706c6503636f6d00'));
  const out = new Uint8Array(3000);
  for (let i = 0; i < 5; i++) {
    message.parse(bytes, 0, bytes.length, false);
    expect(Buffer.from(out.subarray(0, values.put(out, 0, message, 0))).toString()).toBe('example.com');
  }
  expect(worked).toBe(1);
  expect(table.counts.names).toBe(1);
  recent.close();
  expect(table.counts.names).toBe(0);
});
