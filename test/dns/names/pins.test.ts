import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pins } from '../../../src/dns/names/pins.js';

test('the same as a map in the order of last use, through growth', () => {
  const step = fc.tuple(fc.constantFrom('add', 'touch', 'remove', 'evict'), fc.integer({ min: 0, max: 1500 }));
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 2000, minLength: 200 }),
      fc.integer({ min: 1, max: 1200 }),
      (steps, limit) => {
        const pins = new Pins(limit);
        const model = new Map<number, number>();
        const pinOf = (id: number): number => pins.find(id, id % 3, 1 + (id % 5));
        for (const [what, id] of steps) {
          const pin = pinOf(id);
          expect(pin !== 0).toBe(model.has(id));
          if (what === 'remove' && pin !== 0) {
            pins.remove(pin);
            model.delete(id);
          } else if (what === 'touch' && pin !== 0) {
            pins.touch(pin);
            model.set(id, model.get(id)!);
            const handle = model.get(id)!;
            model.delete(id);
            model.set(id, handle);
          } else if (what === 'evict' && pins.size > 0) {
            const [eldest, handle] = model.entries().next().value!;
            expect(pins.handle(pins.eldest)).toBe(handle);
            pins.remove(pins.eldest);
            model.delete(eldest);
          } else if (pin === 0 && !pins.full) {
            pins.add(id, id % 3, 1 + (id % 5), 7 * id + 1);
            model.set(id, 7 * id + 1);
          }
          expect([pins.size, pins.full]).toEqual([model.size, model.size === limit]);
        }
        for (const [id, handle] of model) expect(pins.handle(pinOf(id))).toBe(handle);
      },
    ),
    { numRuns: 60 },
  );
});
