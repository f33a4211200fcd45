import { constants } from 'node:os';
import type { EntryCount, NativeBpf, NativeEntryCounter } from '../../../native/index.js';
import { countable, suitsProgram } from './countable.js';
import { CountingTurns, type Slice } from './counting-turns.js';
import { counted, type EntryCountFacts, notCounted } from './entry-count.js';
import type { MapFacts } from './map-facts.js';

const BUFFERS = { keyBytes: 512 << 10, valueBytes: 1 << 20 } as const;
/** What an entry costs before anything is known, ns. */
const ENTRY_NS = 50;
/** Programs for counting, at most: each keeps memory of the kernel. */
const MOST_PROGRAMS = 256;

const { EPERM, EACCES } = constants.errno;

type Way = 'program' | 'batch' | 'keys';

/**
 * Counts the entries of maps of which the kernel keeps no sum. A count that does not end in a round's time goes on in a later one; until it has ended,
 * the one before is told, with its age.
 */
export class EntryCounting {
  readonly #counter: NativeEntryCounter;
  readonly #bpf: Pick<NativeBpf, 'open' | 'close' | 'threadCpuNs'>;
  readonly #bootNs: () => bigint;
  readonly #turns = new CountingTurns();
  readonly #last = new Map<number, EntryCountFacts>();
  /** The ways that are left of those that the kernel had for a map. */
  readonly #ways = new Map<number, Way[]>();

  constructor(bpf: Pick<NativeBpf, 'EntryCounter' | 'open' | 'close' | 'threadCpuNs'>, bootNs: () => bigint) {
    this.#counter = new bpf.EntryCounter(BUFFERS);
    this.#bpf = bpf;
    this.#bootNs = bootNs;
  }

  /** Programs of ours that are in no list. */
  get programs(): ReadonlySet<number> {
    return new Set(this.#counter.programs());
  }

  /**
   * Lets go of maps that nobody but a program for counting keeps.
   * @param references of each map that there is, with that of whoever looks
   * @returns them
   */
  release(references: (map: number) => number | null): ReadonlySet<number> {
    const gone = new Set<number>();
    for (const map of this.#counter.kept()) {
      const left = references(map);
      // One of the program's, and one of the iterator that shows it.
      if (left !== null && left > 2) continue;
      this.#counter.forget(map);
      if (left !== null) gone.add(map);
    }
    return gone;
  }

  /** What is known without counting; null: it has to be counted. */
  known(facts: MapFacts, asked: boolean): EntryCountFacts | null {
    if (facts.entries !== null) return counted(facts.entries, 'kernel_sum');
    const way = countable(facts);
    if (way === 'size') return counted(facts.maxEntries, 'size');
    if (way === 'none') return notCounted('not_countable');
    return asked ? null : notCounted('not_asked');
  }

  /** Counts as many of these maps as the time is enough for. @returns of each, CPU time taken, ns */
  round(
    round: number,
    maps: ReadonlyMap<number, MapFacts>,
    budgetNs: number,
  ): { of: (map: number) => EntryCountFacts; tookNs: number } {
    const now = new Map<number, EntryCountFacts>();
    for (const id of this.#last.keys()) if (!maps.has(id)) this.#forget(id);
    for (const id of this.#ways.keys()) if (!maps.has(id)) this.#forget(id);
    const estimates = new Map([...maps].map(([id, { maxEntries }]) => [id, maxEntries * ENTRY_NS] as const));
    const begun = this.#bpf.threadCpuNs();
    this.#turns.round(round, estimates, budgetNs, (id, ns) => this.#slice(maps.get(id)!, ns, now));
    const tookNs = this.#bpf.threadCpuNs() - begun;
    return { of: (map) => now.get(map) ?? this.#last.get(map) ?? notCounted('budget'), tookNs };
  }

  close(): void {
    this.#counter.close();
  }

  #forget(id: number): void {
    this.#last.delete(id);
    this.#ways.delete(id);
    this.#counter.forget(id);
  }

  #slice(facts: MapFacts, ns: number, now: Map<number, EntryCountFacts>): Slice {
    const { id } = facts;
    const begun = this.#bpf.threadCpuNs();
    const descriptor = this.#bpf.open('map', id);
    const found = descriptor < 0 ? failure(-descriptor) : this.#count(facts, descriptor, ns);
    if (descriptor >= 0) this.#bpf.close(descriptor);
    if (found !== null) {
      now.set(id, found);
      this.#last.set(id, { ...found, countedNs: this.#bootNs() });
    }
    return { ended: found !== null, tookNs: Math.max(this.#bpf.threadCpuNs() - begun, 1) };
  }

  /** By the best way that the kernel has for this map. null: it goes on in a later slice. */
  #count(facts: MapFacts, descriptor: number, ns: number): EntryCountFacts | null {
    const { id } = facts;
    const ways = this.#ways.get(id) ?? this.#waysOf(facts);
    this.#ways.set(id, ways);
    const end = this.#bpf.threadCpuNs() + ns;
    for (;;) {
      const way = ways[0]!;
      const left = Math.max(end - this.#bpf.threadCpuNs(), 0);
      const { state, entries, errno } = this.#by(way, facts, descriptor, left);
      if (state === 'done') return counted(entries, way);
      if (state === 'paused') return null;
      if (state === 'changing') return notCounted('changing');
      if (ways.length > 1) {
        ways.shift();
        continue;
      }
      return failure(errno);
    }
  }

  /** A program keeps its map: only where it shows when nobody else does any more. */
  #waysOf(facts: MapFacts): Way[] {
    if (countable(facts) === 'keys') return ['keys'];
    const programs = facts.references !== null && suitsProgram(facts) && this.#counter.kept().length < MOST_PROGRAMS;
    return programs ? ['program', 'batch', 'keys'] : ['batch', 'keys'];
  }

  #by(way: Way, facts: MapFacts, descriptor: number, ns: number): EntryCount {
    const { id } = facts;
    return way === 'program' ? this.#counter.run(id, descriptor) : this.#counter.walk(id, descriptor, facts, way, ns);
  }
}

function failure(errno: number): EntryCountFacts {
  return notCounted(errno === EPERM || errno === EACCES ? 'refused' : 'failed');
}
