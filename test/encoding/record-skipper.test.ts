import type { Schema } from 'avsc';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skipperOf } from '../../src/encoding/record-skipper.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import { randomLedger } from './random-ledger.js';

const ALL: Schema = {
  type: 'record',
  name: 'All',
  fields: [
    { name: 'a', type: { type: 'array', items: { type: 'map', values: ['null', 'string', 'double'] } } },
    { name: 'b', type: { type: 'enum', name: 'E', symbols: ['x', 'y'] } },
    { name: 'c', type: { type: 'fixed', name: 'F', size: 3 } },
    { name: 'd', type: ['null', 'F', 'bytes', 'float', 'boolean'] },
    { name: 'e', type: { type: 'array', items: 'int' } },
  ],
};

describe('a skipper', () => {
  it('is not needed where nothing begins with a count', () => {
    expect(skipperOf({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'long' }] })).toBeNull();
  });

  it('comes to where avsc comes to', () => {
    const type = avro.Type.forSchema(JSON.parse(LEDGER.schema));
    const skip = skipperOf(JSON.parse(LEDGER.schema))!;
    for (let seed = 0; seed < 100; seed++) {
      const bytes = type.toBuffer(randomLedger(seed));
      expect(skip(bytes, 0)).toBe(bytes.length);
      for (let end = 0; end < bytes.length; end += 7) expect(skip(bytes.subarray(0, end), 0)).toBe(-1);
    }
    const all = avro.Type.forSchema(ALL);
    for (let i = 0; i < 200; i++) {
      const bytes = all.toBuffer(all.random());
      expect(skipperOf(ALL)!(bytes, 0)).toBe(bytes.length);
    }
  });

  it('finds counts that there are no bytes for', () => {
    const skip = skipperOf({ type: 'array', items: 'int' })!;
    const long = avro.Type.forSchema('long');
    for (const count of [2, 2 ** 40, 2 ** 52, -1, -(2 ** 40)]) {
      expect(skip(Buffer.concat([long.toBuffer(count), Buffer.from([2])]), 0)).toBe(-1);
    }
  });

  it('ends, whatever it is given', () => {
    const skip = skipperOf(ALL)!;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const end = skip(bytes, 0);
        expect(end).toBeGreaterThanOrEqual(-1);
        expect(end).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
