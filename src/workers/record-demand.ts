import type { ClientWatch } from '../pipeline/client-watch.js';

/** What another thread is handed of a RecordDemand: one Int32 per record type, how many take it. */
export interface SharedDemand {
  readonly memory: SharedArrayBuffer;
  /** Record types, in the order of the words. */
  readonly records: readonly string[];
}

/**
 * Which record types somebody takes right now, in memory that sources in other threads look at: what costs the host something is on only while
 * its records have a taker. No record depends on it but by what a source writes.
 */
export class RecordDemand implements ClientWatch {
  readonly shared: SharedDemand;
  readonly #words: Int32Array;
  /** Places of the types that each client takes, by slot. */
  readonly #taken = new Map<number, readonly number[]>();

  /** @param records all types there can be; none is taken yet */
  constructor(records: readonly string[]) {
    const memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * records.length);
    this.shared = { memory, records };
    this.#words = new Int32Array(memory);
  }

  /** A client came. @param takes whether it takes records of a type */
  join(slot: number, takes: (record: string) => boolean): void {
    const places = [...this.shared.records.keys()].filter((place) => takes(this.shared.records[place]!));
    this.#taken.set(slot, places);
    this.#add(places, 1);
  }

  /** It went. */
  leave(slot: number): void {
    this.#add(this.#taken.get(slot) ?? [], -1);
    this.#taken.delete(slot);
  }

  /** Somebody takes all there is for good: a recorder, since nobody knows what its recording will be asked for. */
  takeAll(): void {
    this.#add([...this.shared.records.keys()], 1);
  }

  #add(places: readonly number[], by: number): void {
    for (const place of places) Atomics.add(this.#words, place, by);
  }
}

/** Whether somebody takes records of a type right now; never of one that is not there. */
export function isTaken({ memory, records }: SharedDemand, record: string): boolean {
  const place = records.indexOf(record);
  return place >= 0 && Atomics.load(new Int32Array(memory), place) > 0;
}
