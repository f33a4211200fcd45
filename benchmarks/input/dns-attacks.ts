/**
 * Messages that are made to be work: chains and loops of pointers, long names, many records, large data.
 * @module
 */
import type { DnsWriter } from './dns-writer.js';
import type { Random } from './random.js';

type Attack = (writer: DnsWriter, random: Random) => void;

const label = (length: number, random: Random): string =>
  String.fromCharCode(...Array.from({ length }, () => random.below(256)));

function header(writer: DnsWriter, questions: number, answers: number, more = 0): void {
  for (const word of [0x1234, 0x8180, questions, answers, 0, more]) writer.u16(word);
}

/** A name of 255 bytes, of labels as long or as short as they can be. */
function longName(writer: DnsWriter, random: Random, short: boolean): void {
  if (short) for (let i = 0; i < 127; i++) writer.data(Uint8Array.of(1, random.below(256)));
  else
    for (const length of [63, 63, 63, 61])
      writer.data(Buffer.from(`${String.fromCharCode(length)}${label(length, random)}`, 'latin1'));
  writer.u8(0);
}

function fixed(writer: DnsWriter, type: number, length: number): void {
  for (const word of [type, 1, 0, 60, length]) writer.u16(word);
}

/** The end of a record's data: its length is written before it. */
function lengthAt(writer: DnsWriter, at: number): void {
  const length = writer.length - at - 2;
  writer.bytes[at] = length >>> 8;
  writer.bytes[at + 1] = length & 0xff;
}

const ATTACKS: readonly Attack[] = [
  // Each owner points to the one before it, so that the last has as many pointers as there are records.
  (writer, random) => {
    const count = 1 + random.below(700);
    header(writer, 1, count);
    let at = writer.length;
    if (random.once(2)) longName(writer, random, random.once(2));
    else writer.name(['a']);
    writer.u16(1);
    writer.u16(1);
    for (let i = 0; i < count; i++) {
      const before = at;
      at = writer.length;
      if (random.once(20)) writer.data(Uint8Array.of(1, random.below(256)));
      writer.u16(0xc000 | Math.min(before, 0x3fff));
      fixed(writer, 1, 4);
      writer.u32(random.u32());
    }
  },
  // Every name is another and as long as can be.
  (writer, random) => {
    const short = random.once(2);
    const count = 1 + random.below(120);
    header(writer, 1, count);
    longName(writer, random, short);
    writer.u16(5);
    writer.u16(1);
    for (let i = 0; i < count; i++) {
      longName(writer, random, short);
      fixed(writer, 5, 255);
      longName(writer, random, short);
    }
  },
  // One long name, and as many records as there are that name its tails.
  (writer, random) => {
    const count = 1 + random.below(2000);
    header(writer, 1, count);
    longName(writer, random, true);
    writer.u16(5);
    writer.u16(1);
    for (let i = 0; i < count && writer.length < 65_000; i++) {
      writer.u16(0xc00c + 2 * random.below(126));
      fixed(writer, 5, 4);
      writer.u8(1);
      writer.u8(i & 0xff);
      writer.u16(0xc00c + 2 * random.below(126));
    }
  },
  // CNAMEs whose last leads to the first, in the worst order.
  (writer, random) => {
    const count = 2 + random.below(510);
    header(writer, 1, count);
    const name = (i: number): string[] => [`n${i}`, 'x'];
    writer.name(name(0));
    writer.u16(1);
    writer.u16(1);
    for (let i = count - 1; i >= 0; i--) writer.record(name(i), 5, 1, 60, () => writer.name(name((i + 1) % count)));
  },
  // Data as large as a message: texts, parameters, hints, options.
  (writer, random) => {
    const kind = random.below(4);
    header(writer, 1, kind === 3 ? 0 : 1, kind === 3 ? 1 : 0);
    writer.name(['a']);
    writer.u16(16);
    writer.u16(1);
    writer.u8(0);
    fixed(writer, [16, 65, 65, 41][kind]!, 0);
    const at = writer.length - 2;
    if (kind === 1 || kind === 2) writer.data(Uint8Array.of(0, 1, 0));
    if (kind === 2) writer.data(Uint8Array.of(0, 6, 0xf0, 0));
    if (kind === 2) for (let i = 0; i < 0xf000 / 4; i++) writer.u32(random.u32());
    for (let key = 0; kind !== 2 && writer.length < 64_000; key++) {
      const length = random.below(kind === 0 ? 256 : 20);
      if (kind === 0) writer.u8(length);
      else for (const word of [kind === 3 ? 15 : key, length + 2]) writer.u16(word);
      if (kind !== 0) writer.u16(random.below(0x10000));
      for (let i = 0; i < length; i++) writer.u8(random.below(256));
    }
    lengthAt(writer, at);
  },
  // Nothing but bytes.
  (writer, random) => {
    const length = random.below(random.once(4) ? 65_535 : 600);
    for (let i = 0; i < length; i++)
      writer.u8(random.once(3) ? random.below(256) : random.once(2) ? 0xc0 : random.below(64));
    writer.bytes[4] = 0;
    writer.bytes[5] = random.below(2);
  },
];

/** One of them, at random. */
export function attack(writer: DnsWriter, random: Random): Uint8Array {
  writer.begin();
  ATTACKS[random.below(ATTACKS.length)]!(writer, random);
  return writer.message;
}
