import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Shares } from '../../src/dns/shares.js';

const MOST = 6;

test('who has the most, to an eighth, and who has its share, whatever is counted', () => {
  const step = fc.record({ number: fc.integer({ min: 1, max: MOST }), more: fc.boolean(), times: fc.nat({ max: 60 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const shares = new Shares(MOST);
      const counts = new Array<number>(MOST + 1).fill(0);
      for (const { number, more, times } of steps) {
        for (let i = 0; i < times && (more || counts[number]! > 0); i++) {
          shares.count(number, more ? 1 : -1);
          counts[number]! += more ? 1 : -1;
        }
        for (let without = 0; without <= MOST; without++) {
          expect(shares.of(without)).toBe(counts[without]);
          const most = Math.max(...counts.map((count, other) => (other === without ? 0 : count)));
          const largest = shares.largest(without);
          if (most === 0) expect(largest).toBe(0);
          else {
            expect(largest).not.toBe(without);
            expect(counts[largest]).toBeGreaterThan((most * 7) / 8);
            if (most < 16) expect(counts[largest]).toBe(most);
          }
          if (without === 0) continue;
          const total = counts.reduce((sum, count) => sum + count, 0);
          const holders = counts.filter((count) => count > 0).length;
          const hasShare = counts[without]! > 0 && counts[without]! >= total / holders;
          expect(shares.payer(without)).toBe(hasShare ? without : largest);
        }
      }
    }),
  );
});

test('of thousands that have as much as each other, each gives some up before one does so again', () => {
  const shares = new Shares(4096);
  for (let number = 1; number <= 4096; number++) for (let i = 0; i < 20; i++) shares.count(number, 1);
  const payers = new Set<number>();
  for (let i = 0; i < 4095; i++) {
    const payer = shares.largest(1);
    payers.add(payer);
    for (let k = 0; k < 19; k++) shares.count(payer, -1);
  }
  expect(payers.size).toBe(4095);
});
