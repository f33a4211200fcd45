import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lists } from '../../../src/dns/names/lists.js';
import { NameList, TOLD_NAMES } from '../../../src/dns/names/name-list.js';

/** More than the idle ones that are kept, so that some are forgotten. */
const VALUES = 6000;
const LIMIT = 300;

function fill(list: NameList, value: number): void {
  list.clear();
  for (let i = 0; i <= value % TOLD_NAMES; i++) list.add(1 + value + i, value % 3, value % 2, 1e12 + value * 10 + i);
  list.order();
}

test('each list is stored once, for as long as somebody holds it, and a little longer', () => {
  const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: VALUES }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1000, maxLength: 12_000, size: 'max' }), (steps) => {
      const stored = new Map<number, number>();
      const lists = new Lists(LIMIT, (list) => {
        const value = values.get(list)!;
        expect(held.get(value) ?? 0).toBe(0);
        stored.delete(value);
      });
      const values = new Map<number, number>();
      const held = new Map<number, number>();
      const list = new NameList(16);
      for (const [takes, value] of steps) {
        const count = held.get(value) ?? 0;
        if (!takes && count > 0) {
          lists.release(stored.get(value)!);
          held.set(value, count - 1);
          continue;
        }
        fill(list, value);
        const handle = lists.take(list, value);
        if (handle === 0) {
          expect(lists.held).toBeGreaterThanOrEqual(LIMIT);
          continue;
        }
        expect(lists.isNew).toBe(!stored.has(value));
        if (!lists.isNew) expect(handle).toBe(stored.get(value));
        stored.set(value, handle);
        values.set(handle, value);
        held.set(value, count + 1);
        expect(lists.count(handle)).toBe(list.told);
        for (let i = 0; i < list.told; i++) {
          const told = [lists.name(handle, i), lists.source(handle, i), lists.own(handle, i), lists.time(handle, i)];
          expect(told).toEqual([list.names[i], list.sources[i], list.owns[i], list.times[i]]);
        }
      }
      expect(lists.held).toBe([...held.values()].filter((count) => count > 0).length);
      expect(lists.size).toBe(stored.size);
    }),
    { numRuns: 8 },
  );
});
