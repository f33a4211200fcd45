/** Each limit of the parser, at it and beyond. */
import { expect, test } from 'vitest';
import { DnsWriter } from '../../../benchmarks/input/dns-writer.js';
import { hashKeys } from '../../../src/dns/message/hash-keys.js';
import { MAX_CHAIN, MAX_MESSAGE_BYTES, MAX_POINTERS, MAX_RECORDS, MAX_WORK } from '../../../src/dns/message/limits.js';
import { DnsMessage } from '../../../src/dns/message/message.js';
import { REJECT_REASONS } from '../../../src/dns/message/reject.js';
import { nameOf } from './name-of.js';
import { hex, withAnswer } from './raw.js';

const message = new DnsMessage();
const reasonOf = (bytes: Uint8Array, cut = false): string =>
  REJECT_REASONS[message.parse(bytes, 0, bytes.length, cut)]!;

const writer = new DnsWriter();

/** A message that begins with these counts. */
function begun(questions: number, answers: number, authorities = 0, additionals = 0): DnsWriter {
  writer.begin();
  for (const word of [1, 0x8180, questions, answers, authorities, additionals]) writer.u16(word);
  return writer;
}

function asked(name: Uint8Array): Uint8Array {
  begun(1, 0).data(name);
  writer.u32(0x10001);
  return writer.message;
}

/** A name of that many bytes. */
function nameOfBytes(length: number): Buffer {
  const labels: Buffer[] = [];
  for (let left = length - 1; left > 0; ) {
    const label = Math.min(63, left - 1);
    // No single byte may be left over.
    const take = left - label - 1 === 1 ? label - 1 : label;
    labels.push(Buffer.from([take]), Buffer.alloc(take, 0x61));
    left -= take + 1;
  }
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

test('a message has 12 bytes, and no more than a length of two bytes can say', () => {
  expect(reasonOf(new Uint8Array(11))).toBe('length');
  expect(reasonOf(new Uint8Array(12))).toBe('accepted');
  expect(reasonOf(new Uint8Array(MAX_MESSAGE_BYTES))).toBe('accepted');
  expect(reasonOf(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toBe('length');
  // More than there is.
  expect(REJECT_REASONS[message.parse(new Uint8Array(20), 10, 12, true)]).toBe('length');
});

test('there is one question, or none', () => {
  expect(reasonOf(begun(0, 0).message)).toBe('accepted');
  expect(message).toMatchObject({ questions: 0, questionName: -1, questionType: -1 });
  expect(message.chainEnd().length).toBe(0);
  expect(reasonOf(begun(2, 0).message)).toBe('questions');
});

test('a name has 255 bytes', () => {
  expect(reasonOf(asked(nameOfBytes(255)))).toBe('accepted');
  expect(message.names.length[0]).toBe(255);
  expect(reasonOf(asked(nameOfBytes(256)))).toBe('name_length');
  expect(reasonOf(asked(Buffer.alloc(65_000, 1)))).toBe('name_length');
});

test('a name is as long as what its pointers lead to', () => {
  const tailed = (bytes: number): Uint8Array => {
    begun(1, 1).data(nameOfBytes(200));
    writer.u32(0x10001);
    writer.u8(bytes - 201);
    writer.data(Buffer.alloc(bytes - 201, 0x62));
    writer.u16(0xc00c);
    for (const word of [16, 1, 0, 60, 2, 0x0161]) writer.u16(word);
    return writer.message;
  };
  expect(reasonOf(tailed(255))).toBe('accepted');
  expect(message.names.length[1]).toBe(255);
  expect(reasonOf(tailed(256))).toBe('name_length');
});

test.each([
  ['01000000', 'label 0x40', '4000', 'label'],
  ['', 'label 0x80', '8000', 'label'],
  ['', 'itself', 'c00c', 'pointer'],
  ['', 'forward', 'c010', 'pointer'],
  ['', 'the header', 'c004', 'pointer'],
  ['', 'a label, then where the name begins', '0161c00c', 'pointer'],
  ['', 'half a pointer', 'c0', 'ends_early'],
])('%s a pointer or label: %s', (_, __, name, reason) => {
  expect(reasonOf(hex(`0001 0100 0001 0000 0000 0000 ${name}`))).toBe(reason);
});

test('a name has 64 pointers', () => {
  /** The name of the last record goes through as many. */
  const chained = (pointers: number): Uint8Array => {
    begun(1, pointers).data(hex('01610162 00 0001 0001'));
    for (let i = 0, at = 12; i < pointers; i++) {
      const here = writer.length;
      writer.u16(0xc000 | at);
      for (const word of [99, 1, 0, 60, 0]) writer.u16(word);
      at = here;
    }
    return writer.message;
  };
  expect(reasonOf(chained(MAX_POINTERS))).toBe('accepted');
  expect(nameOf(message, message.records.owner[MAX_POINTERS - 1]!)).toBe('a.b');
  expect(message.names.count).toBe(1);
  expect(reasonOf(chained(MAX_POINTERS + 1))).toBe('pointers');
});

test('names that are told again through a pointer are as far away as it says', () => {
  // The second owner has 63 pointers; one that points there has 64, and one that points to that 65.
  begun(1, MAX_POINTERS + 1).data(hex('01610162 00 0001 0001'));
  for (let i = 0, at = 12; i <= MAX_POINTERS; i++) {
    const here = writer.length;
    // With a label of its own, so that it is a name of its own.
    if (i === MAX_POINTERS - 1) writer.data(hex('0163'));
    writer.u16(0xc000 | at);
    for (const word of [99, 1, 0, 60, 0]) writer.u16(word);
    at = here;
  }
  expect(reasonOf(writer.message)).toBe('pointers');
});

test('names of a message are so much work', () => {
  // A label, the rest, and a pointer.
  const walk = 2 + 253 + 1;
  const shorter = (records: number): Uint8Array => {
    begun(1, 2 * records).data(nameOfBytes(253));
    writer.u32(0x10001);
    for (let i = 0; i < 2 * records; i++) {
      writer.data(hex('0161 c00c'));
      for (const word of [5, 1, 0, 60, 4]) writer.u16(word);
      writer.data(hex('0162 c00c'));
    }
    return writer.message;
  };
  const each = 2 * walk;
  expect(reasonOf(shorter(Math.floor((MAX_WORK - 253) / each / 2)))).toBe('accepted');
  expect(reasonOf(shorter(Math.ceil((MAX_WORK - 253) / each / 2)))).toBe('work');
});

test('512 records are looked at, of all sections together', () => {
  const many = (answers: number, authorities: number, additionals: number): Uint8Array => {
    begun(1, answers, authorities, additionals).data(hex('0161 00 0001 0001'));
    for (let i = 0; i < answers + authorities + additionals; i++) {
      writer.data(hex('c00c 0001 0001 0000003c 0004 c0000201'));
    }
    return writer.message;
  };
  expect(reasonOf(many(MAX_RECORDS, 0, 0))).toBe('accepted');
  expect([message.answers, message.bounded, message.chainEnd().addresses]).toEqual([512, false, 512]);
  expect(reasonOf(many(2000, 1000, 1000))).toBe('accepted');
  expect([message.answers, message.authorities, message.additionals, message.bounded]).toEqual([512, 0, 0, true]);
  expect(reasonOf(many(500, 10, 10))).toBe('accepted');
  expect([message.answers, message.authorities, message.additionals, message.bounded]).toEqual([500, 10, 2, true]);
  const whole = new DnsMessage(hashKeys(), true);
  const bytes = many(500, 10, 10);
  expect(whole.parse(bytes, 0, bytes.length, false)).toBe(0);
  expect(whole.records.count).toBe(512);
  // What is announced, and is not there.
  begun(1, 65_535).data(hex('0161 00 0001 0001'));
  expect(reasonOf(writer.message)).toBe('ends_early');
});

test('16 CNAMEs are followed', () => {
  const chained = (links: number): Uint8Array => {
    begun(1, links + 1);
    writer.name(['n0']);
    writer.u32(0x10001);
    for (let i = 0; i < links; i++) writer.record([`n${i}`], 5, 1, 60, () => writer.name([`n${i + 1}`]));
    writer.record([`n${links}`], 1, 1, 60, () => writer.u32(0xc0000201));
    return writer.message;
  };
  expect(reasonOf(chained(MAX_CHAIN))).toBe('accepted');
  expect(message.chainEnd()).toMatchObject({ length: MAX_CHAIN + 1, addresses: 1, endless: false });
  expect(reasonOf(chained(MAX_CHAIN + 1))).toBe('accepted');
  expect(message.chainEnd()).toMatchObject({ addresses: 0, endless: true });
});

test.each([
  [1, 'an address of three bytes', '010203'],
  [28, 'an address of 17 bytes', '00'.repeat(17)],
  [5, 'a name that ends before its record', '016100 00'],
  [5, 'a name that ends behind it', '0361'],
  [15, 'a preference alone', '000a'],
  [33, 'a service without a target', '000100020003'],
  [6, 'a zone without its numbers', '016100 016200 00000001'],
  [16, 'no text', ''],
  [16, 'a text that ends behind it', '0561'],
  [65, 'parameters that fall', '000100 00030002 0035 00010003 026832'],
  [64, 'a parameter that ends behind it', '000100 00030004 0035'],
])('type %i cannot be %s', (type, _, data) => {
  expect(reasonOf(withAnswer(type, hex(data)))).toBe('record_data');
});

test('a record of another class has data of its own; one of an update has none', () => {
  const chaos = withAnswer(1, hex('0161 00 0001'));
  chaos.writeUInt16BE(3, chaos.length - 4 - 8);
  expect(reasonOf(chaos)).toBe('accepted');
  expect(message.records.address[0]).toBe(-1);
  const any = withAnswer(5, hex(''));
  any.writeUInt16BE(255, any.length - 8);
  expect(reasonOf(any)).toBe('accepted');
  expect(message.records.target[0]).toBe(-1);
});

test.each([
  ['two OPT records', '0002', '00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000'],
  ['options that end behind it', '0001', '00 0029 04d0 00000000 0005 000f0002 00'],
  ['half an option', '0001', '00 0029 04d0 00000000 0002 000f'],
  ['an extended error without its code', '0001', '00 0029 04d0 00000000 0005 000f0001 00'],
])('EDNS cannot be %s', (_, count, data) => {
  expect(reasonOf(hex(`0001 8180 0001 0000 0000 ${count} 0161 00 0001 0001 ${data}`))).toBe('edns');
});

test('an end within a record is a fault, unless somebody cut the message', () => {
  const bytes = withAnswer(1, hex('c0000201'));
  expect(reasonOf(bytes.subarray(0, -1))).toBe('ends_early');
  expect(reasonOf(bytes.subarray(0, -1), true)).toBe('accepted');
  expect([message.partial, message.answers, message.announcedAnswers]).toEqual([true, 0, 1]);
  // Its server did: TC.
  bytes[2]! |= 0x02;
  expect(reasonOf(bytes.subarray(0, -1))).toBe('accepted');
  expect([message.partial, message.truncated, message.cut]).toEqual([true, true, false]);
});
