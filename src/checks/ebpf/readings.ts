import { MAX_COUNT } from '../../frames/bounds.js';
import type { EbpfProgramSource } from './ebpf-program-source.js';
import { KNOWN, PROGRAM } from './layout.gen.js';
import { ReadingTable } from './reading-table.js';
import type { Runs } from './runs.js';

/** The last two rounds' readings of programs, and what follows from both. Bounded: a program beyond has no reading to be compared with. */
export class Readings {
  readonly #capacity: number;
  #before: ReadingTable | null = null;
  #now: ReadingTable | null = null;
  /** Readings that were not kept, since the start. */
  refused = 0;

  /** @param capacity most programs of a round */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Programs of this round that are kept. */
  get size(): number {
    return this.#now?.size ?? 0;
  }

  /** A round begins. */
  turn(): void {
    const oldest = this.#before;
    this.#before = this.#now;
    this.#now = oldest;
    oldest?.clear();
  }

  /** Keeps a reading, and says in `into` what the program did since the one of the round before. */
  take(program: EbpfProgramSource, into: Runs): void {
    into.known = false;
    if (!program.knows(KNOWN.runs)) return;
    if (this.#before !== null) this.#compare(program, this.#before, into);
    this.#now ??= new ReadingTable(this.#capacity);
    if (!this.#now.put(program)) this.refused++;
  }

  #compare(program: EbpfProgramSource, before: ReadingTable, into: Runs): void {
    const last = before.find(program);
    if (last === null) return;
    const since = program.long(PROGRAM.statistics_since_ns);
    const intervalNs = program.readNs - last.readNs;
    // A break in the statistics leaves times that stand for less than the interval.
    if (since === 0 || since > last.readNs || intervalNs <= 0) return;
    const runTimeNs = last.difference(PROGRAM.run_time_ns);
    const runs = last.difference(PROGRAM.run_count);
    const misses = last.knowsMisses && program.knows(KNOWN.misses) ? last.difference(PROGRAM.recursion_misses) : null;
    if (!isCount(runTimeNs) || !isCount(runs) || !(misses === null || isCount(misses))) return;
    into.known = true;
    into.intervalNs = intervalNs;
    into.runTimeNs = runTimeNs;
    into.runs = runs;
    into.misses = misses;
    into.coreShare = runTimeNs / intervalNs;
  }
}

const isCount = (value: number): boolean => value >= 0 && value <= MAX_COUNT;
