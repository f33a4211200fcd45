import type { Ledger } from '../ledger/generated/ledger.js';
import { joinLedgers } from '../ledger/join-ledgers.js';
import type { SeriesCounts } from './series-counts.js';

/** What a waiting ledger record counts for: about its size as NDJSON. */
const LEDGER_BYTES = 1024;

/** A chunk of encoded records; a ledger record, encoded when its turn has come; or where records are missing, and which. */
export type Entry<T> =
  | { kind: 'chunk'; chunk: T; bytes: number }
  | { kind: 'ledger'; record: Ledger; bytes: number }
  | { kind: 'gap'; counts: SeriesCounts; bytes: number };

/**
 * What waits to be written, in order, bounded. Beyond the bound chunks of records are refused, the newest first, and leave a gap
 * that is accounted for when its turn has come. A ledger record is never refused: of those that wait behind the bound, two that nothing
 * written would part become one.
 */
export class OutputQueue<T> {
  readonly #bound: number;
  readonly #entries: Entry<T>[] = [];
  /** Bytes taken and not settled. */
  backlog = 0;

  /** @param bound bytes that may wait */
  constructor(bound: number) {
    this.#bound = bound;
  }

  get length(): number {
    return this.#entries.length;
  }

  /**
   * Takes a chunk, or refuses it and notes the gap.
   * @param hasRoom whether it is taken whatever waits
   */
  offer(chunk: T, bytes: number, counts: SeriesCounts, hasRoom = false): boolean {
    if (this.backlog > this.#bound && !hasRoom) {
      this.#gap(counts.copy());
      return false;
    }
    this.append(chunk, bytes);
    return true;
  }

  /** Takes what cannot be missing, whatever waits: the beginning and the end of a document. */
  append(chunk: T, bytes: number): void {
    this.#push({ kind: 'chunk', chunk, bytes });
  }

  ledger(record: Ledger): void {
    const gap = this.backlog > this.#bound && this.#entries.at(-1)?.kind === 'gap' ? this.#pop() : undefined;
    const before = this.#entries.at(-1);
    if (this.backlog > this.#bound && before?.kind === 'ledger') {
      this.#pop();
      if (gap?.kind === 'gap') this.#gap(gap.counts);
      this.#push({ ...before, record: joinLedgers(before.record, record) });
      return;
    }
    if (gap?.kind === 'gap') this.#gap(gap.counts);
    this.#push({ kind: 'ledger', record, bytes: LEDGER_BYTES });
  }

  /** Takes out what is to be written next; its bytes count as waiting until `settle`. */
  next(): Entry<T> | undefined {
    return this.#entries.shift();
  }

  /** Likewise all chunks from the first entry on, until they have `bytes`; none when something else stands there. */
  nextChunks(bytes: number): Extract<Entry<T>, { kind: 'chunk' }>[] {
    const chunks: Extract<Entry<T>, { kind: 'chunk' }>[] = [];
    for (let sum = 0; sum < bytes; ) {
      const entry = this.#entries[0];
      if (entry?.kind !== 'chunk') break;
      this.#entries.shift();
      chunks.push(entry);
      sum += entry.bytes;
    }
    return chunks;
  }

  settle({ bytes }: Entry<T>): void {
    this.backlog -= bytes;
  }

  /** Takes out and settles all that waits: none of it will be written. */
  *clear(): Generator<Entry<T>, void, undefined> {
    for (let entry = this.next(); entry !== undefined; entry = this.next()) {
      this.settle(entry);
      yield entry;
    }
  }

  #gap(counts: SeriesCounts): void {
    const last = this.#entries.at(-1);
    if (last?.kind === 'gap') last.counts.add(counts);
    else this.#push({ kind: 'gap', counts, bytes: 0 });
  }

  #push(entry: Entry<T>): void {
    this.#entries.push(entry);
    this.backlog += entry.bytes;
  }

  #pop(): Entry<T> | undefined {
    const entry = this.#entries.pop();
    if (entry !== undefined) this.backlog -= entry.bytes;
    return entry;
  }
}
