import { randomInt } from 'node:crypto';
import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import { RECORD_TYPES } from '../../../../src/records.gen.js';
import { RecordKeys } from '../../../../src/sinks/kafka/sender/record-keys.js';

const SEQS = [0, 1, 9, 10, 99, 100, 12_345_678, 2 ** 31, 2 ** 52];

describe.each(RECORD_TYPES.map(({ name, schema }) => ({ name, schema })))('$name', ({ name, schema }) => {
  // Longs beyond 2^53 come from the schema's own bits.
  const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema);
  const record = (host: string, run: number, seq: number) =>
    type.toBuffer({ ...(type.random() as unknown as object), host, boot_id: 'boot', run, seq });

  test('the key says which record it is, over runs and hosts in turn', () => {
    const keys = RecordKeys.of(name, schema)!;
    for (let i = 0; i < 200; i++) {
      const host = ['a', 'grün/ß', ''][randomInt(3)]!;
      const run = [0, 7, 2 ** 40][randomInt(3)]!;
      const seq = SEQS[randomInt(SEQS.length)]!;
      expect(keys.read(record(host, run, seq))).toBe(true);
      expect(keys.seq).toBe(seq);
      expect(keys.key().toString()).toBe(`${host}/boot/${run}/${name}/${seq}`);
    }
  });

  test('bytes that end too early have none', () => {
    const keys = RecordKeys.of(name, schema)!;
    const whole = record('host', 5, 300);
    const identity = [...whole.keys()].findIndex((length) =>
      RecordKeys.of(name, schema)!.read(whole.subarray(0, length)),
    );
    for (let length = 0; length < identity; length++) {
      expect(RecordKeys.of(name, schema)!.read(whole.subarray(0, length))).toBe(false);
      expect(keys.read(whole)).toBe(true);
      expect(keys.read(whole.subarray(0, length))).toBe(false);
    }
  });
});

test.each([
  'no JSON',
  '"string"',
  '{"type":"record","name":"A","fields":[]}',
  '{"type":"record","name":"A","fields":[{"name":"host","type":"string"},{"name":"seq","type":"long"}]}',
  '{"type":"record","name":"A","fields":[{"name":"host","type":"string"},{"name":"boot_id","type":"string"},{"name":"run","type":"long"},{"name":"x","type":["null","long"]},{"name":"seq","type":"long"}]}',
])('a schema without an identity has no keys: %s', (schema) => {
  expect(RecordKeys.of('a', schema)).toBeNull();
});
