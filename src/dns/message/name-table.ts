import { MAX_NAME_TEXT, MAX_PROBES } from './limits.js';
import { asciiText, putNameText } from './name-text.js';
import { WireStore } from './wire-store.js';

/** Turns a name's text into what is shown in its place: its registrable domain, or a keyed hash. */
export type NamePrivacy = (text: string) => string;

export interface NameTableOptions {
  /** Most names at a time. */
  readonly maxNames: number;
  /** Most bytes of names on the wire at a time, in blocks of 32. */
  readonly maxBytes: number;
  /** Absent: names are shown as they are. */
  readonly privacy?: NamePrivacy | undefined;
}

/** What a table of names did not take, and what it holds. */
export interface NameTableCounts {
  readonly names: number;
  readonly bytes: number;
  /** Names that found no room. */
  readonly refused: number;
}

const FIRST_CAPACITY = 1024;
/** Most times that somebody is asked to make room for one name. */
const MAX_YIELDS = 64;

/**
 * Names by small numbers (handles), each stored once for as long as somebody holds it. Handle 0 stands for none. Found by hash, verified by
 * bytes. Who interns a name holds it; who is done with it releases it.
 */
export class NameTable {
  readonly #store: WireStore;
  readonly #maxNames: number;
  readonly #privacy: NamePrivacy | undefined;
  #yield: () => boolean = () => false;
  #hash = new Uint32Array(FIRST_CAPACITY);
  /** First block in the store; of a free handle the next free one. */
  #wire = new Uint32Array(FIRST_CAPACITY);
  #length = new Uint8Array(FIRST_CAPACITY);
  #holders = new Uint32Array(FIRST_CAPACITY);
  /** What is shown, once somebody asked for it. */
  #texts: (string | undefined)[] = [];
  /** Open addressing: handles, 0 empty; at most half full. */
  #slots = new Uint32Array(FIRST_CAPACITY * 2);
  /** A hash's upper bits are its slot. */
  #shift = 32 - Math.log2(FIRST_CAPACITY * 2);
  #free = 0;
  #next = 1;
  #names = 0;
  #refused = 0;
  readonly #ascii = new Uint8Array(MAX_NAME_TEXT);
  readonly #bytes = new Uint8Array(256);

  constructor({ maxNames, maxBytes, privacy }: NameTableOptions) {
    this.#maxNames = maxNames;
    this.#store = new WireStore(maxBytes);
    this.#privacy = privacy;
  }

  /** @param yields lets go of some names, so that there may be room for others; returns false when it holds none */
  whenFull(yields: () => boolean): void {
    this.#yield = yields;
  }

  get counts(): NameTableCounts {
    return { names: this.#names, bytes: this.#store.bytes, refused: this.#refused };
  }

  /**
   * The name, lower-cased and without pointers, as MessageNames has them. The caller holds it from now on.
   * @returns its handle; 0, counted, where there is no room
   */
  intern(wire: Uint8Array, start: number, length: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash >>> this.#shift;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const handle = this.#slots[slot]!;
      if (handle === 0) return this.#add(wire, start, length, hash);
      if (this.#is(handle, wire, start, length, hash)) {
        this.#holders[handle]!++;
        return handle;
      }
      slot = (slot + 1) & mask;
    }
    this.#refused++;
    return 0;
  }

  /** The handle of a name that somebody holds, without holding it; 0 where nobody does. */
  find(wire: Uint8Array, start: number, length: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash >>> this.#shift;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const handle = this.#slots[slot]!;
      if (handle === 0 || this.#is(handle, wire, start, length, hash)) return handle;
      slot = (slot + 1) & mask;
    }
    return 0;
  }

  /** Another one holds it. */
  retain(handle: number): void {
    if (handle !== 0) this.#holders[handle]!++;
  }

  /** One less holds it; the last one's release frees it. */
  release(handle: number): void {
    if (handle === 0 || --this.#holders[handle]! > 0) return;
    this.#displace(handle);
    this.#store.remove(this.#wire[handle]!);
    this.#texts[handle] = undefined;
    this.#wire[handle] = this.#free;
    this.#free = handle;
    this.#names--;
  }

  /** As it is shown: escaped, and private where names are. */
  text(handle: number): string {
    return (this.#texts[handle] ??= this.#shown(handle));
  }

  /** Writes what `text` says, ASCII, up to MAX_NAME_TEXT bytes; returns the position behind it. */
  putText(out: Uint8Array, pos: number, handle: number): number {
    const bytes = this.#bytes;
    if (this.#privacy === undefined) {
      this.#store.read(this.#wire[handle]!, bytes);
      return putNameText(out, pos, bytes, 0);
    }
    const text = this.text(handle);
    for (let i = 0; i < text.length; i++) out[pos + i] = text.charCodeAt(i);
    return pos + text.length;
  }

  #shown(handle: number): string {
    this.#store.read(this.#wire[handle]!, this.#bytes);
    const text = asciiText(this.#ascii, 0, putNameText(this.#ascii, 0, this.#bytes, 0));
    return this.#privacy === undefined ? text : this.#privacy(text);
  }

  #is(handle: number, wire: Uint8Array, start: number, length: number, hash: number): boolean {
    return (
      this.#hash[handle] === hash &&
      this.#length[handle] === length &&
      this.#store.equals(this.#wire[handle]!, wire, start, length)
    );
  }

  #add(wire: Uint8Array, start: number, length: number, hash: number): number {
    let first = this.#keep(wire, start, length);
    for (let i = 0; first === 0 && i < MAX_YIELDS && this.#yield(); i++) first = this.#keep(wire, start, length);
    if (first === 0) {
      this.#refused++;
      return 0;
    }
    let handle = this.#free;
    if (handle !== 0) this.#free = this.#wire[handle]!;
    else {
      handle = this.#next++;
      if (handle === this.#hash.length) this.#grow();
    }
    this.#names++;
    this.#hash[handle] = hash;
    this.#wire[handle] = first;
    this.#length[handle] = length;
    this.#holders[handle] = 1;
    this.#place(handle);
    return handle;
  }

  /** Its first block in the store; 0: there is no room. */
  #keep(wire: Uint8Array, start: number, length: number): number {
    return this.#names < this.#maxNames ? this.#store.add(wire, start, length) : 0;
  }

  /** Puts a handle into the first empty slot from its own on. */
  #place(handle: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hash[handle]! >>> this.#shift;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = handle;
  }

  /** Takes a handle out of the slots; those behind it that would not be found any more move up. */
  #displace(handle: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#hash[handle]! >>> this.#shift;
    while (slots[hole] !== handle) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hash[slots[slot]!]! >>> this.#shift;
      // It may stand in the hole when its own slot is not between the hole and where it is.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = 0;
  }

  #grow(): void {
    const capacity = this.#hash.length * 2;
    this.#hash = grown(this.#hash, new Uint32Array(capacity));
    this.#wire = grown(this.#wire, new Uint32Array(capacity));
    this.#length = grown(this.#length, new Uint8Array(capacity));
    this.#holders = grown(this.#holders, new Uint32Array(capacity));
    const old = this.#slots;
    this.#slots = new Uint32Array(capacity * 2);
    this.#shift--;
    for (const handle of old) if (handle !== 0) this.#place(handle);
  }
}

/** The new array, with what the old one holds. */
function grown<T extends Uint32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
