/** Most names that a record tells of one address. */
export const TOLD_NAMES = 8;

/** Where a name comes from: places in the symbols of NameSource. */
export const NAME_SOURCE = { dns: 0, hosts: 1, file: 2 } as const;
/** Whether the connection's own process asked for it. */
export const OWN = { unknown: 0, no: 1, yes: 2 } as const;
/** Time of a name that was not answered. */
export const NO_TIME = -1;

/**
 * Names of one address in the order in which they are told: those that the connection's own process asked for, then the newest, then those
 * of files. One object, filled anew for each address.
 */
export class NameList {
  readonly #room: number;
  readonly names: Uint32Array;
  readonly sources: Uint8Array;
  readonly owns: Uint8Array;
  /** Boot clock, ns; NO_TIME. */
  readonly times: Float64Array;
  /** Those in order; the others are only counted. */
  told = 0;
  count = 0;

  /** @param room for names of one address */
  constructor(room: number) {
    this.#room = room;
    this.names = new Uint32Array(room);
    this.sources = new Uint8Array(room);
    this.owns = new Uint8Array(room);
    this.times = new Float64Array(room);
  }

  clear(): void {
    this.count = 0;
    this.told = 0;
  }

  /** Adds a name; of one that is in the list twice, what stands first in the order counts. */
  add(name: number, source: number, own: number, time: number): void {
    let place = 0;
    while (place < this.count && this.names[place] !== name) place++;
    if (place === this.#room) return;
    if (place === this.count) this.count++;
    else if (!this.#precedes(own, time, place)) return;
    this.names[place] = name;
    this.sources[place] = source;
    this.owns[place] = own;
    this.times[place] = time;
  }

  /** Puts the first TOLD_NAMES in order. */
  order(): void {
    this.told = Math.min(this.count, TOLD_NAMES);
    for (let first = 0; first < this.told; first++) {
      let best = first;
      for (let i = first + 1; i < this.count; i++) {
        if (this.#precedes(this.owns[i]!, this.times[i]!, best)) best = i;
      }
      if (best !== first) this.#swap(first, best);
    }
  }

  #precedes(own: number, time: number, place: number): boolean {
    const isOwn = own === OWN.yes;
    const wasOwn = this.owns[place] === OWN.yes;
    return isOwn === wasOwn ? time > this.times[place]! : isOwn;
  }

  #swap(a: number, b: number): void {
    const name = this.names[a]!;
    const source = this.sources[a]!;
    const own = this.owns[a]!;
    const time = this.times[a]!;
    this.names[a] = this.names[b]!;
    this.sources[a] = this.sources[b]!;
    this.owns[a] = this.owns[b]!;
    this.times[a] = this.times[b]!;
    this.names[b] = name;
    this.sources[b] = source;
    this.owns[b] = own;
    this.times[b] = time;
  }
}
