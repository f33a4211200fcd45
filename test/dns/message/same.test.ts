/** The parser beside npm's dns-packet: what both accept, both read alike. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { damaged } from '../../../benchmarks/input/dns-damage.js';
import { DnsMessages, SHAPES } from '../../../benchmarks/input/dns-messages.js';
import { difference, theirs } from '../../../benchmarks/input/dns-same.js';
import { Random } from '../../../benchmarks/input/random.js';
import { hashKeys } from '../../../src/dns/message/hash-keys.js';
import { DnsMessage } from '../../../src/dns/message/message.js';
import { ACCEPTED, REJECT_REASONS } from '../../../src/dns/message/reject.js';

const whole = new DnsMessage(hashKeys(), true);

test('every sound message is accepted by both, and is the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.constantFrom(...SHAPES), (seed, shape) => {
      const bytes = new DnsMessages(new Random(seed)).message(shape);
      expect(whole.parse(bytes, 0, bytes.length, false)).toBe(ACCEPTED);
      expect(difference(whole, theirs(bytes)!)).toBeNull();
    }),
    { numRuns: 3000 },
  );
});

test('a damaged message that both accept is the same; the parser of answers alone finds the same ones', () => {
  const answers = new DnsMessage();
  let both = 0;
  const reasons = new Set<string>();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.constantFrom(...SHAPES), (seed, shape) => {
      const random = new Random(seed);
      const messages = new DnsMessages(random);
      const bytes = damaged(messages.message(shape), messages.message('mixed'), random);
      const place = whole.parse(bytes, 0, bytes.length, false);
      reasons.add(REJECT_REASONS[place]!);
      if (place !== ACCEPTED) return;
      // It looks into less, so that it refuses no more.
      expect(answers.parse(bytes, 0, bytes.length, false)).toBe(ACCEPTED);
      expect([answers.answers, answers.rcode, answers.edns]).toEqual([whole.answers, whole.rcode, whole.edns]);
      const packet = theirs(bytes);
      if (packet === null) return;
      both++;
      expect(difference(whole, packet)).toBeNull();
    }),
    { numRuns: 20_000 },
  );
  expect(both).toBeGreaterThan(2000);
  expect([...reasons]).toEqual(
    expect.arrayContaining(['accepted', 'length', 'questions', 'ends_early', 'label', 'pointer', 'record_data']),
  );
});

test('a message that was cut is what is left of it, whatever the place', () => {
  const messages = new DnsMessages(new Random(5));
  for (const shape of SHAPES) {
    for (let round = 0; round < 30; round++) {
      const bytes = messages.message(shape);
      whole.parse(bytes, 0, bytes.length, false);
      const { id, answers } = whole;
      for (let kept = 12; kept < bytes.length; kept++) {
        // What stands behind is another's.
        const part = Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(20, 0xc0)]);
        expect(whole.parse(part, 0, kept, true)).toBe(ACCEPTED);
        expect([whole.id, whole.partial, whole.cut]).toEqual([id, true, true]);
        expect(whole.answers).toBeLessThanOrEqual(answers);
      }
    }
  }
});
