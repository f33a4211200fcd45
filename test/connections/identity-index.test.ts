import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENTRY_WORDS, hashIdentity, IdentityIndex } from '../../src/connections/identity-index.js';

/** Entries whose identity is their number, and hashes chosen by the test. */
function index(entries: number): { index: IdentityIndex; words: Uint32Array } {
  const words = new Uint32Array(entries * ENTRY_WORDS);
  for (let entry = 0; entry < entries; entry++) words[entry * ENTRY_WORDS] = entry;
  return { index: new IdentityIndex(words), words };
}

describe('IdentityIndex', () => {
  it('finds what is in it and nothing else, over any mix of inserts, removals and steps, with colliding hashes', () => {
    const operation = fc.oneof(
      fc.record({ insert: fc.nat(1999) }),
      fc.record({ remove: fc.nat(1999) }),
      fc.record({ step: fc.constant(true) }),
    );
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 3000, size: 'max' }),
        fc.integer({ min: 1, max: 5000 }),
        (operations, spread) => {
          const { index: tested } = index(2000);
          const hash = (entry: number): number => hashIdentity(entry % spread, 0, 0);
          const model = new Set<number>();
          for (const operation of operations) {
            if ('insert' in operation && !model.has(operation.insert)) {
              model.add(operation.insert);
              tested.insert(hash(operation.insert), operation.insert);
            } else if ('remove' in operation && model.delete(operation.remove)) {
              tested.remove(hash(operation.remove), operation.remove);
            } else if ('step' in operation) tested.step();
          }
          expect(tested.count).toBe(model.size);
          const entries = Array.from({ length: 2000 }, (_, entry) => entry);
          const wrong = entries.filter(
            (entry) => tested.find(hash(entry), entry, 0, 0) !== (model.has(entry) ? entry : -1),
          );
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('grows in slices and stays at most 9/16 full', () => {
    const count = 100_000;
    const { index: tested } = index(count);
    for (let entry = 0; entry < count; entry++) {
      tested.insert(hashIdentity(entry, 0, 0), entry);
      if (entry % 64 === 0) tested.step();
      // Midway through every growth, old and new are searched.
      if (entry % 1009 === 0) expect(tested.find(hashIdentity(entry >> 1, 0, 0), entry >> 1, 0, 0)).toBe(entry >> 1);
    }
    while (tested.bytes > 2 ** 18 * 8) tested.step();
    expect(count / (tested.bytes / 8)).toBeLessThanOrEqual(9 / 16);
    expect(tested.bytes / count).toBeLessThanOrEqual(32);
    for (let entry = 0; entry < count; entry++) tested.remove(hashIdentity(entry, 0, 0), entry);
    expect(tested.count).toBe(0);
  });

  it('tells identities apart that share a hash', () => {
    const words = new Uint32Array(3 * ENTRY_WORDS);
    const tested = new IdentityIndex(words);
    words.set([1, 2, 3], 0);
    words.set([1, 2, 4], ENTRY_WORDS);
    words.set([1, 3, 3], 2 * ENTRY_WORDS);
    for (const entry of [0, 1, 2]) tested.insert(42, entry);
    expect(tested.find(42, 1, 2, 3)).toBe(0);
    expect(tested.find(42, 1, 2, 4)).toBe(1);
    expect(tested.find(42, 1, 3, 3)).toBe(2);
    expect(tested.find(42, 2, 2, 3)).toBe(-1);
  });
});

describe('hashIdentity', () => {
  it('spreads cookies that count upwards evenly over the slots', () => {
    const slots = new Uint32Array(1024);
    for (let cookie = 0; cookie < 1024 * 64; cookie++) {
      const slot = hashIdentity(cookie, 0, 1) & 1023;
      slots[slot] = slots[slot]! + 1;
    }
    // 64 on average; a fair die stays within 6 standard deviations.
    expect(Math.max(...slots)).toBeLessThan(64 + 48);
    expect(Math.min(...slots)).toBeGreaterThan(64 - 48);
  });
});
