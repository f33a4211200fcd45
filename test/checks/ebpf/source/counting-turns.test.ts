import { describe, expect, it } from 'vitest';
import { CountingTurns, type Slice } from '../../../../src/checks/ebpf/source/counting-turns.js';

const BUDGET = 1000;

/** Maps with what counting each takes; a count goes on where it was left. */
class Maps {
  readonly #costs: ReadonlyMap<number, number>;
  readonly #left = new Map<number, number>();
  /** By round: which counts ended. */
  readonly ended: number[][] = [];
  readonly spent: number[] = [];
  readonly #turns = new CountingTurns();

  constructor(costs: Readonly<Record<number, number>>) {
    this.#costs = new Map(Object.entries(costs).map(([id, cost]) => [Number(id), cost]));
  }

  round(ids: readonly number[] = [...this.#costs.keys()], estimate = (id: number) => this.#costs.get(id)!): void {
    const ended: number[] = [];
    let spent = 0;
    const maps = new Map(ids.map((id) => [id, estimate(id)] as const));
    this.#turns.round(this.ended.length + 1, maps, BUDGET, (id, ns): Slice => {
      const left = this.#left.get(id) ?? this.#costs.get(id)!;
      const tookNs = Math.min(left, ns);
      spent += tookNs;
      this.#left.set(id, left - tookNs);
      if (left > tookNs) return { ended: false, tookNs };
      ended.push(id);
      this.#left.delete(id);
      return { ended: true, tookNs };
    });
    this.ended.push(ended);
    this.spent.push(spent);
  }
}

describe('CountingTurns', () => {
  it('counts all in each round where the time is enough', () => {
    const maps = new Maps({ 1: 100, 2: 400, 3: 50 });
    for (let i = 0; i < 3; i++) maps.round();
    expect(maps.ended.map((ids) => [...ids].sort())).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('never takes more than the budget, and each map has its turn', () => {
    const maps = new Maps({ 1: 800, 2: 700, 3: 600, 4: 500 });
    for (let i = 0; i < 12; i++) maps.round();
    expect(Math.max(...maps.spent)).toBeLessThanOrEqual(BUDGET);
    const turns = [1, 2, 3, 4].map((id) => maps.ended.flat().filter((each) => each === id).length);
    // 12 rounds of 1000 are enough for four and a half times all of them.
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
  });

  it('goes on with one that is larger than the whole budget until it ends', () => {
    const maps = new Maps({ 1: 2500 });
    for (let i = 0; i < 6; i++) maps.round();
    expect(maps.ended).toEqual([[], [], [1], [], [], [1]]);
  });

  it('lets no big one keep those waiting that are soon done', () => {
    const maps = new Maps({ 1: 100_000, 2: 20, 3: 30 });
    for (let i = 0; i < 5; i++) maps.round();
    expect(maps.ended.map((ids) => [...ids].sort())).toEqual(Array(5).fill([2, 3]));
    expect(maps.spent).toEqual(Array(5).fill(BUDGET));
  });

  it('learns what a count takes', () => {
    const maps = new Maps({ 1: 600, 2: 600, 3: 20 });
    // At first all look soon done.
    for (let i = 0; i < 6; i++) maps.round(undefined, () => 1);
    for (const ended of maps.ended.slice(2)) expect(ended).toContain(3);
  });

  it('forgets those that are gone, and begins with new ones at once', () => {
    const maps = new Maps({ 1: 600, 2: 600, 3: 600 });
    maps.round([1, 2]);
    maps.round([3]);
    expect(maps.ended[1]).toEqual([3]);
  });
});
