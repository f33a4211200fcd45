/**
 * `scripts/fuzz-dns [SECONDS=300] [SEED]`: messages made to break the parser of DNS. Prints each seed; a message that breaks a promise is written to
 * build/fuzz, with what it broke, and the status is 1.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { messageObject } from '../../src/dns/decode/message-object.js';
import { hashKeys } from '../../src/dns/message/hash-keys.js';
import { MAX_NAME_BYTES, MAX_RECORDS } from '../../src/dns/message/limits.js';
import { DnsMessage } from '../../src/dns/message/message.js';
import { ACCEPTED, REJECT_REASONS } from '../../src/dns/message/reject.js';
import { isUnsafe } from '../../src/encoding/safe-text.js';
import { ROOT } from '../harness/peers.js';
import { attack } from '../input/dns-attacks.js';
import { damaged } from '../input/dns-damage.js';
import { DnsMessages, SHAPES } from '../input/dns-messages.js';
import { difference, theirs } from '../input/dns-same.js';
import { DnsWriter } from '../input/dns-writer.js';
import { Random } from '../input/random.js';

/** Most CPU time of one message, ms. */
const MOST_MS = 5;
/** Messages of one seed. */
const ROUND = 20_000;
/** One message in so many is compared with dns-packet, and decoded to JSON. */
const LOOKED_AT = 4;

const seconds = Number(process.argv[2] ?? 300);
const firstSeed = Number(process.argv[3] ?? Date.now() & 0x7fffffff);
if (!(seconds > 0) || !Number.isInteger(firstSeed)) {
  console.error('usage: scripts/fuzz-dns [SECONDS=300] [SEED]');
  process.exit(2);
}

const answers = new DnsMessage();
const whole = new DnsMessage(hashKeys(), true);
const writer = new DnsWriter();
const reasons = new Map<string, number>();
let slowest = 0;
let compared = 0;

/** As the parser gets it: in the middle of other bytes, or at the very end of them. */
function placed(bytes: Uint8Array, random: Random): { u8: Uint8Array; at: number } {
  const at = random.below(9);
  const u8 = new Uint8Array(at + bytes.length + (random.once(2) ? 0 : random.below(9))).fill(random.below(256));
  u8.set(bytes, at);
  return { u8, at };
}

/** Least time of the parser for a message, ms, of so many runs as show that none was as fast. */
function timeOf(u8: Uint8Array, at: number, length: number, cut: boolean): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5 && least > MOST_MS / 2; run++) {
    const begin = performance.now();
    answers.parse(u8, at, length, cut);
    answers.chainEnd();
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}

/** What a message broke; null: nothing. */
function broken(bytes: Uint8Array, random: Random): string | null {
  const { u8, at } = placed(bytes, random);
  const cut = random.once(8);
  const time = timeOf(u8, at, bytes.length, cut);
  slowest = Math.max(slowest, time);
  if (time > MOST_MS) return `it took ${time.toFixed(1)} ms`;
  const place = answers.parse(u8, at, bytes.length, cut);
  const reason = REJECT_REASONS[place];
  if (reason === undefined) return `it was refused for reason ${place}`;
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const every = whole.parse(u8, at, bytes.length, cut);
  if (place !== ACCEPTED) return every === ACCEPTED ? 'all sections were accepted, the answers alone were not' : null;
  if (answers.answers > MAX_RECORDS || answers.end > u8.length || answers.behind > answers.end)
    return 'its bounds are wrong';
  for (let i = 0; i < answers.names.count; i++) {
    const start = answers.names.start[i]!;
    if (answers.names.length[i]! > MAX_NAME_BYTES) return 'a name is too long';
    if (answers.names.scratch[start + answers.names.length[i]! - 1] !== 0) return 'a name has no end';
  }
  if (every !== ACCEPTED || !random.once(LOOKED_AT)) return null;
  const text = JSON.stringify(messageObject(whole));
  // Texts of extended errors may be UTF-8.
  for (const character of text) if (isUnsafe(character.codePointAt(0)!)) return 'its JSON has control characters';
  if (cut) return null;
  const packet = theirs(bytes);
  if (packet === null) return null;
  compared++;
  return difference(whole, packet);
}

function made(messages: DnsMessages, random: Random): Uint8Array {
  const shape = SHAPES[random.below(SHAPES.length)]!;
  const kind = random.below(8);
  if (kind === 0) return messages.message(shape);
  if (kind === 1) return attack(writer, random);
  if (kind === 2) return damaged(attack(writer, random), messages.message(shape), random);
  return damaged(messages.message(shape), messages.message('mixed'), random);
}

const end = performance.now() + seconds * 1000;
let seed = firstSeed;
let total = 0;
while (performance.now() < end) {
  const random = new Random(seed);
  const messages = new DnsMessages(random);
  console.log(`seed ${seed}`);
  for (let i = 0; i < ROUND && performance.now() < end; i++) {
    const bytes = made(messages, random);
    let fault: string | null;
    try {
      fault = broken(bytes, random);
    } catch (error) {
      fault = `it threw: ${(error as Error).stack}`;
    }
    total++;
    if (fault === null) continue;
    mkdirSync(`${ROOT}build/fuzz`, { recursive: true });
    const path = `${ROOT}build/fuzz/dns-${seed}-${i}.bin`;
    writeFileSync(path, bytes);
    console.error(`message ${i} of seed ${seed}, in ${path}: ${fault}`);
    process.exit(1);
  }
  seed = (seed + 1) & 0x7fffffff;
}
const decided = [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${count} ${reason}`);
console.log(
  `${total} messages: ${decided.join(', ')}; ${compared} compared with dns-packet; the slowest took ${slowest.toFixed(2)} ms`,
);
