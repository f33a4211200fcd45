/**
 * DNS messages, parsed: by conntrail, in place, with the way from the question to its addresses; or by npm's dns-packet. Prints one line of results.
 * @module
 */
import { crc32 } from 'node:zlib';
import dnsPacket from 'dns-packet';
import { DnsMessage } from '../../src/dns/message/message.js';
import { asciiText, putNameText } from '../../src/dns/message/name-text.js';
import { median } from '../harness/statistics.js';
import { DnsMessages, SHAPES, type Shape } from '../input/dns-messages.js';
import { Random } from '../input/random.js';
import { report, subjectArguments } from './arguments.js';

/**
 * Of each shape so many in a hundred, as a resolver of a data centre sees them: half queries, most answers of few addresses, a fifth of them along
 * aliases, a tenth of them that there is nothing.
 */
const SHARES: Readonly<Record<Shape, number>> = { query: 50, address: 26, alias: 11, nothing: 7, service: 4, mixed: 2 };

const options = subjectArguments({ parser: 'own', shape: 'all', messages: '20000', repeat: '20' });
const random = new Random(1);
const source = new DnsMessages(random);

function drawn(): Shape {
  let left = random.below(100);
  return SHAPES.find((shape) => (left -= SHARES[shape]) < 0)!;
}

/** One buffer with all messages behind each other, as a ring has them. */
const messages = Array.from({ length: Number(options.messages) }, () =>
  source.message(options.shape === 'all' ? drawn() : (options.shape as Shape)),
);
const ring = Buffer.concat(messages);
const lengths = Uint32Array.from(messages, ({ length }) => length);
const starts = new Uint32Array(messages.length);
for (let i = 1; i < messages.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!;

const text = new Uint8Array(1024);

/** The same of each message, whoever parses it: id, question, and of each answer owner, type, TTL. */
function digest(): number {
  const message = new DnsMessage();
  const own = (index: number): string =>
    asciiText(text, 0, putNameText(text, 0, message.names.scratch, message.names.start[index]!));
  let crc = 0;
  for (const bytes of messages) {
    const parts: unknown[] = [];
    if (options.parser === 'own') {
      if (message.parse(bytes, 0, bytes.length, false) !== 0) throw new Error('a message was refused');
      const { records } = message;
      parts.push(message.id, own(0));
      for (let i = 0; i < message.answers; i++)
        parts.push(own(records.owner[i]!), records.type[i] !== 1, records.ttl[i]);
    } else {
      const { id, questions, answers } = dnsPacket.decode(Buffer.from(bytes));
      parts.push(id, questions![0]!.name.toLowerCase());
      for (const answer of answers!) {
        parts.push(answer.name.toLowerCase(), answer.type !== 'A', 'ttl' in answer ? answer.ttl : null);
      }
    }
    crc = crc32(parts.join(), crc);
  }
  return crc;
}

function own(): number {
  const message = new DnsMessage();
  const u8 = new Uint8Array(ring.buffer, ring.byteOffset, ring.length);
  let answers = 0;
  for (let i = 0; i < lengths.length; i++) {
    message.parse(u8, starts[i]!, lengths[i]!, false);
    if (message.response) message.chainEnd();
    answers += message.answers;
  }
  return answers;
}

/** Made before, as dns-packet wants them. */
const slices = messages.map((_, i) => ring.subarray(starts[i]!, starts[i]! + lengths[i]!));

function peer(): number {
  let answers = 0;
  for (const each of slices) answers += dnsPacket.decode(each).answers!.length;
  return answers;
}

const pass = options.parser === 'own' ? own : peer;
const crc = digest();
for (let i = 0; i < 3; i++) pass();
const repeat = Number(options.repeat);
const passes: number[] = [];
let answers = 0;
for (let i = 0; i < repeat; i++) {
  const begin = process.cpuUsage();
  answers += pass();
  const { user, system } = process.cpuUsage(begin);
  passes.push(user + system);
}
// CPU time: what other programs take of a small machine is nobody's cost here; what the garbage collector takes is.
const seconds = median(passes) / 1e6;
report({
  seconds,
  messages: lengths.length,
  nanoseconds: (seconds * 1e9) / lengths.length,
  answers: answers / repeat,
  bytes: ring.length,
  crc,
});
