/** Messages that are kept: each is decided, and as its name says. What breaks the parser once comes here (scripts/fuzz-dns). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hashKeys } from '../../../src/dns/message/hash-keys.js';
import { DnsMessage } from '../../../src/dns/message/message.js';
import { REJECT_REASONS } from '../../../src/dns/message/reject.js';

const FOLDER = fileURLToPath(new URL('../messages/', import.meta.url));

test.each(readdirSync(FOLDER))('%s', (name) => {
  const bytes = readFileSync(join(FOLDER, name));
  // `pointer-2.bin` is refused for that reason; any other name is of a sound message.
  const reason = REJECT_REASONS.find((each) => name === `${each}.bin` || name.startsWith(`${each}-`)) ?? 'accepted';
  expect(REJECT_REASONS[new DnsMessage(hashKeys(), true).parse(bytes, 0, bytes.length, false)]).toBe(reason);
});
