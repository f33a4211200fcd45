import { expect, test } from 'vitest';
import { Readings } from '../../src/cli/readings.js';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import { RECORD_TYPES } from '../../src/records.gen.js';

const [TOTAL, OTHER] = RECORD_TYPES as readonly RecordType<RecordSource>[];

test('readings are counted by the record that ends one, and nothing else is taken', () => {
  const told: number[] = [];
  const ends = ({ seq }: RecordSource): boolean => seq % 3 === 0;
  const readings = new Readings({ readings: 2, type: TOTAL!, ends }, (count) => void told.push(count));
  expect(readings.port(OTHER!)).toBeNull();
  const port = readings.port(TOTAL!)!;
  for (let seq = 1; seq <= 7; seq++) port.write({ seq }, 0);
  expect(told).toEqual([1, 2]);
  expect(readings.count).toBe(2);
  const { written, refused, unread } = readings.output;
  expect([written.records, refused.records, unread.records]).toEqual([0, 0, 0]);
});
