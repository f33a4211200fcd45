import { constants } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { ENTRIES_BY, ENTRIES_REASON } from '../../../../src/checks/ebpf/layout.gen.js';
import { EntryCounting } from '../../../../src/checks/ebpf/source/entry-counting.js';
import type { MapFacts } from '../../../../src/checks/ebpf/source/map-facts.js';
import type { EntryCount, NativeEntryCounter } from '../../../../src/native/index.js';

const { EPERM, EINVAL, ENOENT } = constants.errno;
const BUDGET = 50e6;

/** A kernel that counts as it is told, and takes 1 ms for each count. */
class FakeKernel {
  readonly calls: string[] = [];
  readonly kept = new Set<number>();
  answers: Partial<Record<'program' | 'batch' | 'keys', Partial<EntryCount>>> = {};
  opens = 3;
  cpuNs = 0;
  bootNs = 1_000n;

  open = (): number => this.opens;
  close = (): void => {};
  threadCpuNs = (): number => this.cpuNs;

  readonly EntryCounter = ((kernel: FakeKernel) =>
    class implements NativeEntryCounter {
      run(id: number): EntryCount {
        kernel.kept.add(id);
        return kernel.answer('program');
      }
      walk(_id: number, _map: number, _shape: object, way: 'batch' | 'keys'): EntryCount {
        return kernel.answer(way);
      }
      forget(id: number): void {
        kernel.kept.delete(id);
      }
      programs = (): number[] => [...kernel.kept].map((id) => 1000 + id);
      kept = (): number[] => [...kernel.kept];
      close(): void {}
    })(this);

  answer(way: 'program' | 'batch' | 'keys'): EntryCount {
    this.calls.push(way);
    this.cpuNs += 1e6;
    return { state: 'done', entries: 7, errno: 0, ...this.answers[way] };
  }
}

let kernel: FakeKernel;
let counting: EntryCounting;
let round: number;

beforeEach(() => {
  kernel = new FakeKernel();
  counting = new EntryCounting(kernel, () => kernel.bootNs);
  round = 0;
});

function map(change: Partial<MapFacts> = {}): MapFacts {
  const sizes = { keySize: 4, valueSize: 8, maxEntries: 4096, flags: 0 };
  const rest = { name: 'm', btfId: 0, extra: 0n, frozen: false, entries: null, rings: null, references: 5 };
  return { id: 1, type: 1, ...sizes, ...rest, ...change };
}

function count(facts: MapFacts, budget = BUDGET) {
  return counting.round(++round, new Map([[facts.id, facts]]), budget).of(facts.id);
}

describe('what is known without counting', () => {
  it('is the sum that the kernel keeps, and the size of an array', () => {
    expect(counting.known(map({ entries: 12 }), true)).toMatchObject({ entries: 12, by: ENTRIES_BY.kernel_sum });
    expect(counting.known(map({ type: 2 }), true)).toMatchObject({ entries: 4096, by: ENTRIES_BY.size });
  });

  it('is that nothing can be: of a queue, a ring buffer, a socket map without cookies, a type that nobody knows', () => {
    for (const facts of [map({ type: 22 }), map({ type: 27 }), map({ type: 15, valueSize: 4 }), map({ type: 999 })]) {
      expect(counting.known(facts, true)).toMatchObject({ entries: null, reason: ENTRIES_REASON.not_countable });
    }
  });

  it('is that it was not asked for', () => {
    expect(counting.known(map(), false)).toMatchObject({ entries: null, reason: ENTRIES_REASON.not_asked });
    expect(counting.known(map(), true)).toBeNull();
  });
});

describe('counting', () => {
  it('takes a program for a table that is neither small nor huge, and batches for others', () => {
    expect(count(map())).toMatchObject({ entries: 7, by: ENTRIES_BY.program, countedNs: null });
    expect(count(map({ id: 2, maxEntries: 100 }))).toMatchObject({ by: ENTRIES_BY.batch });
    expect(count(map({ id: 3, maxEntries: 1 << 24 }))).toMatchObject({ by: ENTRIES_BY.batch });
    expect(count(map({ id: 4, type: 11 }))).toMatchObject({ by: ENTRIES_BY.batch });
    expect(count(map({ id: 5, type: 3 }))).toMatchObject({ by: ENTRIES_BY.keys });
  });

  it('takes no program where it would not show that nobody else has the map any more', () => {
    expect(count(map({ references: null }))).toMatchObject({ by: ENTRIES_BY.batch });
    expect(kernel.kept.size).toBe(0);
  });

  it('goes down to the next way where the kernel has not the better one, and remembers it', () => {
    kernel.answers = { program: { state: 'failed', errno: EINVAL }, batch: { state: 'failed', errno: EINVAL } };
    expect(count(map())).toMatchObject({ entries: 7, by: ENTRIES_BY.keys });
    expect(count(map())).toMatchObject({ entries: 7, by: ENTRIES_BY.keys });
    expect(kernel.calls).toEqual(['program', 'batch', 'keys', 'keys']);
  });

  it('says why not: refused, changing, failed', () => {
    kernel.answers = { program: { state: 'changing' } };
    expect(count(map())).toMatchObject({ entries: null, reason: ENTRIES_REASON.changing });
    kernel.answers = { keys: { state: 'failed', errno: EPERM } };
    expect(count(map({ id: 2, type: 3 }))).toMatchObject({ entries: null, reason: ENTRIES_REASON.refused });
    kernel.opens = -EPERM;
    expect(count(map({ id: 3 }))).toMatchObject({ reason: ENTRIES_REASON.refused });
    kernel.opens = -ENOENT;
    expect(count(map({ id: 4 }))).toMatchObject({ reason: ENTRIES_REASON.failed });
  });

  it('tells the last count with the time of it until the next one has ended, and until the first that its turn comes', () => {
    kernel.answers = { batch: { state: 'paused' } };
    const facts = map({ maxEntries: 100 });
    expect(count(facts)).toMatchObject({ entries: null, reason: ENTRIES_REASON.budget });
    kernel.answers = {};
    expect(count(facts)).toMatchObject({ entries: 7, countedNs: null });
    kernel.answers = { batch: { state: 'paused' } };
    kernel.bootNs = 9_000n;
    expect(count(facts)).toMatchObject({ entries: 7, countedNs: 1_000n, by: ENTRIES_BY.batch });
  });

  it('tells nothing of a map that has the number of one that is gone', () => {
    count(map());
    counting.round(++round, new Map(), BUDGET);
    expect(kernel.kept.size).toBe(0);
    kernel.answers = { program: { state: 'paused' } };
    expect(count(map())).toMatchObject({ entries: null, reason: ENTRIES_REASON.budget });
  });
});

describe('programs for counting', () => {
  it('are in no list, and let go of a map that nobody else has', () => {
    count(map());
    expect(counting.programs).toEqual(new Set([1001]));
    expect(counting.release(() => 3)).toEqual(new Set());
    expect(kernel.kept.size).toBe(1);
    expect(counting.release(() => 2)).toEqual(new Set([1]));
    expect(kernel.kept.size).toBe(0);
  });

  it('go with the knowledge of who has the map', () => {
    count(map());
    expect(counting.release(() => null)).toEqual(new Set());
    expect(kernel.kept.size).toBe(0);
  });
});
