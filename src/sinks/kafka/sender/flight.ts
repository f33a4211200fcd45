import type { SpoolBlock } from '../../../spool/spool-block.js';

/** A block whose records are being sent. */
export interface FlightBlock {
  readonly block: SpoolBlock;
  /** 1: its outcome is known. */
  readonly settled: Uint8Array;
  open: number;
  next: FlightBlock | null;
}

/** The records that were taken from the spool and are not settled, in order, and which of them goes out next. */
export class Flight {
  #head: FlightBlock | null = null;
  #tail: FlightBlock | null = null;
  /** Where reports were last; the next one is as a rule close behind. */
  #near: FlightBlock | null = null;
  /** Block that is being handed over, and the place in it. */
  current: FlightBlock | null = null;
  at = 0;
  /** Records without an outcome. */
  open = 0;
  /** seq behind the last one that was added. */
  end = 0;

  add(block: SpoolBlock): void {
    const added = { block, settled: new Uint8Array(block.count), open: block.count, next: null };
    if (this.#tail === null) this.#head = added;
    else this.#tail.next = added;
    this.#tail = added;
    this.open += block.count;
    this.end = block.first + block.count;
    if (this.current === null) {
      this.current = added;
      this.at = 0;
    }
  }

  /** seq of the lowest open record; that of the next one to come when there is none. */
  get lowest(): number {
    const head = this.#head;
    return head === null ? this.end : head.block.first + head.settled.indexOf(0);
  }

  /** seq of the record that goes out next. */
  get next(): number {
    return this.current === null ? this.end : this.current.block.first + this.at;
  }

  /** All that is open goes out again. */
  rewind(): void {
    this.current = this.#head;
    this.at = 0;
  }

  /** The block of a record that is open; null: it has an outcome. */
  find(seq: number): FlightBlock | null {
    let found = this.#near;
    if (found === null || seq < found.block.first) found = this.#head;
    while (found !== null && seq >= found.block.first + found.block.count) found = found.next;
    if (found === null || seq < found.block.first || found.settled[seq - found.block.first] === 1) return null;
    this.#near = found;
    return found;
  }

  /** Notes that an open record has its outcome. */
  settle(found: FlightBlock, seq: number): void {
    found.settled[seq - found.block.first] = 1;
    found.open--;
    this.open--;
    while (this.#head !== null && this.#head.open === 0) {
      const { next } = this.#head;
      if (this.#near === this.#head) this.#near = next;
      // What stands there was settled before it went out; what follows does next.
      if (this.current === this.#head) {
        this.current = next;
        this.at = 0;
      }
      this.#head = next;
      if (next === null) this.#tail = null;
    }
  }
}
