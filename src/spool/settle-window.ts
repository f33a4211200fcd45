import { addOutcomes, type Checkpoint, noOutcomes, OUTCOMES, type Outcome, settledRecords } from './checkpoint.js';
import type { SpoolBlock } from './spool-block.js';

const OPEN = 0;
const DAMAGED = 255;

/** Consecutive records that a reader was given, or that could not be read. */
interface Span {
  readonly first: number;
  readonly count: number;
  /** null: damaged. */
  readonly names: readonly string[] | null;
  /** Place of each record's type in `names`; its units; and what became of it: 0: nothing yet, else place in OUTCOMES + 1. */
  readonly types: Uint8Array;
  readonly units: Uint32Array;
  readonly outcomes: Uint8Array;
  open: number;
}

/**
 * The records from the lowest open one on: what was delivered, and what became of each, in whatever order that is told. Pure. What is below
 * `lowest` is kept until a checkpoint that says so is on the disk.
 */
export class SettleWindow {
  readonly #spans: Span[] = [];
  /** Delivered and without an outcome. */
  open = 0;
  /** Outcomes that came for records that had one, or had expired: they count for nothing. */
  late = 0;

  deliver(block: SpoolBlock): void {
    const names: string[] = [];
    const types = new Uint8Array(block.count);
    const units = new Uint32Array(block.count);
    for (let i = 0; i < block.count; i++) {
      const { name } = block.type(i);
      let place = names.indexOf(name);
      if (place < 0) place = names.push(name) - 1;
      types[i] = place;
      units[i] = block.units(i);
    }
    const { first, count } = block;
    this.#spans.push({ first, count, names, types, units, outcomes: new Uint8Array(count), open: count });
    this.open += count;
  }

  /** The records `[first, end)` cannot be read. */
  skip(first: number, end: number): void {
    const none = new Uint8Array(0);
    const span = {
      first,
      count: end - first,
      names: null,
      types: none,
      units: new Uint32Array(0),
      outcomes: none,
      open: 0,
    };
    this.#spans.push(span);
  }

  /** What became of the records `[first, first + count)`. */
  settle(first: number, count: number, outcome: Outcome): void {
    const code = OUTCOMES.indexOf(outcome) + 1;
    let seen = 0;
    for (let i = this.#find(first); i < this.#spans.length && this.#spans[i]!.first < first + count; i++) {
      const span = this.#spans[i]!;
      const from = Math.max(0, first - span.first);
      const to = Math.min(span.count, first + count - span.first);
      for (let k = from; k < to && span.names !== null; k++) {
        if (span.outcomes[k] !== OPEN) continue;
        span.outcomes[k] = code;
        span.open--;
        this.open--;
        seen++;
      }
    }
    this.late += count - seen;
  }

  /** The checkpoint that is due after `from`, which may have been moved on by somebody else; null when nothing is. */
  checkpoint(from: Checkpoint): Checkpoint | null {
    const outcomes = noOutcomes();
    let { lowest } = from;
    let damaged = 0;
    for (const span of this.#spans) {
      if (span.first + span.count <= lowest) continue;
      if (span.first > lowest) break;
      const start = lowest - span.first;
      if (span.names === null) {
        damaged += span.count - start;
        lowest = span.first + span.count;
        continue;
      }
      let k = start;
      for (; k < span.count && span.outcomes[k] !== OPEN; k++) {
        outcomes[OUTCOMES[span.outcomes[k]! - 1]!].note(span.names[span.types[k]!]!, 1, span.units[k]!);
      }
      lowest = span.first + k;
      if (k < span.count) break;
    }
    if (lowest === from.lowest) return null;
    if (settledRecords(outcomes) + damaged !== lowest - from.lowest)
      throw new RangeError('a window that does not add up');
    return { ...from, lowest, damaged: from.damaged + damaged, outcomes: addOutcomes(from.outcomes, outcomes) };
  }

  /** Forgets what is below: it is in a checkpoint. */
  forget(lowest: number): void {
    while (this.#spans.length > 0 && this.#spans[0]!.first + this.#spans[0]!.count <= lowest) {
      this.open -= this.#spans.shift()!.open;
    }
    const head = this.#spans[0];
    if (head === undefined || head.names === null) return;
    for (let k = 0; k < lowest - head.first; k++) {
      if (head.outcomes[k] !== OPEN) continue;
      head.outcomes[k] = DAMAGED;
      head.open--;
      this.open--;
    }
  }

  /** The span that this seq is in, or the first one behind it. */
  #find(seq: number): number {
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { first, count } = this.#spans[middle]!;
      if (first + count <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
