import { randomBytes, randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeKafkaMessage } from '../../../../src/sinks/kafka/block-format.js';
import { BLOCK_BYTES, BlockFrame, MessageFrame } from '../../../../src/sinks/kafka/sender/framing.js';

test('a record as a message, whatever came before', () => {
  const frame = new MessageFrame();
  for (const size of [0, 1, 130, 5, 4_090, 4_091, 4_092, 70_000, 3, 300_000]) {
    const record = randomBytes(size);
    const id = randomInt(1, 2 ** 31 - 1);
    const value = frame.value(id, record);
    expect(value[0]).toBe(0);
    expect(value.readUInt32BE(1)).toBe(id);
    const found = decodeKafkaMessage(value)!;
    expect([found.schemaId, found.count]).toEqual([id, 1]);
    expect(record.equals(found.bytes)).toBe(true);
  }
});

test('records as a block, again and again', () => {
  const frame = new BlockFrame(200_000);
  for (let round = 0; round < 20; round++) {
    const records: Buffer[] = [];
    for (;;) {
      const record = randomBytes(randomInt(1, 2_000));
      if (!frame.fits(record.length)) break;
      frame.add(record);
      records.push(record);
    }
    const value = frame.value(round + 1);
    expect(value.length).toBeLessThanOrEqual(BLOCK_BYTES);
    const found = decodeKafkaMessage(value)!;
    expect([found.schemaId, found.count]).toEqual([round + 1, records.length]);
    expect(Buffer.concat(records).equals(found.bytes)).toBe(true);
    frame.clear();
  }
});

test('a record larger than a block should be is one by itself, up to what a message may be', () => {
  const frame = new BlockFrame(200_000);
  const large = randomBytes(150_000);
  expect(frame.fits(large.length)).toBe(true);
  frame.add(large);
  expect(frame.fits(1)).toBe(false);
  expect(large.equals(decodeKafkaMessage(frame.value(9))!.bytes)).toBe(true);
  frame.clear();
  frame.add(randomBytes(1));
  expect(frame.fits(large.length)).toBe(false);
  frame.clear();
  expect(frame.fits(200_000)).toBe(false);
});

test('what is no message of ours is none', () => {
  const frame = new BlockFrame(1_000);
  frame.add(randomBytes(20));
  const value = Buffer.from(frame.value(1));
  for (const broken of [
    Buffer.alloc(0),
    Buffer.of(0, 0, 0, 0),
    Buffer.of(1, 0, 0, 0, 1, 2, 2, 3),
    value.subarray(0, value.length - 1),
    Buffer.concat([value, Buffer.of(0)]),
    Buffer.of(0xc7, 0, 0, 0, 1),
    Buffer.of(0xc7, 0, 0, 0, 1, 0, 0),
    Buffer.of(0xc7, 0, 0, 0, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 2, 7),
  ])
    expect(decodeKafkaMessage(broken)).toBeNull();
});
