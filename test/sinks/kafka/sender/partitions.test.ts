import { expect, test } from 'vitest';
import { placeAt } from '../../../../src/sinks/kafka/sender/partition-file.js';
import { murmur2, partitionOf } from '../../../../src/sinks/kafka/sender/partition-hash.js';

// Of Kafka's own test (UtilsTest.testMurmur2).
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s', (text, hash) => {
  expect(murmur2(Buffer.from(text)) | 0).toBe(hash);
});

test('a host is in one of the partitions, and hosts are in all', () => {
  const found = new Set(Array.from({ length: 200 }, (_, i) => partitionOf(`host-${i}`, 6)));
  expect([...found].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});

test('a topic that grew keeps the place, one that lost it gets another', () => {
  const first = placeAt(undefined, 'h', 6);
  expect(first).toEqual({ place: { count: 6, partition: partitionOf('h', 6) }, change: null });
  expect(placeAt(first.place, 'h', 6)).toEqual({ place: first.place, change: null });
  const kept = { count: 6, partition: 5 };
  expect(placeAt(kept, 'h', 12).place).toEqual(kept);
  expect(placeAt(kept, 'h', 12).change).toContain('12 partitions in place of 6');
  expect(placeAt(kept, 'h', 3).place).toEqual({ count: 3, partition: partitionOf('h', 3) });
  expect(placeAt(kept, 'h', 3).change).toContain('begin anew');
});
