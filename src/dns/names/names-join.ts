import { CONN, OWNER_SOURCE, STATE } from '../../connections/layout.gen.js';
import type { Fragments } from '../../encoding/fragments.js';
import { u64 } from '../../frames/words.js';
import type { Join, JoinColumn } from '../../pipeline/join.js';
import type { NameCache } from './name-cache.js';
import type { NameFragments } from './name-fragments.js';
import type { NameList } from './name-list.js';
import { Pins } from './pins.js';
import type { StaticNames } from './static-names.js';

/** What both ends share. */
export interface NameSources {
  readonly cache: NameCache;
  readonly files: StaticNames;
  readonly fragments: NameFragments;
  /** Reused for each record. */
  readonly list: NameList;
}

/**
 * Names of one end of connections. A name joins that the address had when the connection began; what an open connection was called when it was
 * first seen, it is called until its close.
 */
export class NamesJoin implements Join {
  readonly record = 'connection';
  readonly field: string;
  readonly fragments: Fragments;
  readonly #sources: NameSources;
  readonly #address: number;
  readonly #pins: Pins;
  /** Handles of the last batch that nobody holds beyond it. */
  readonly #passing: number[] = [];
  /** Connections whose pin went to make room: they keep their names only as long as those are remembered. */
  evictedPins = 0;

  /** @param maxPins most open connections with names at a time */
  constructor(end: 'local' | 'remote', sources: NameSources, maxPins: number) {
    this.field = `${end}.names`;
    this.fragments = sources.fragments.view();
    this.#sources = sources;
    this.#address = end === 'local' ? CONN.local_address : CONN.remote_address;
    this.#pins = new Pins(maxPins);
  }

  get pins(): number {
    return this.#pins.size;
  }

  get bytes(): number {
    return this.#pins.bytes;
  }

  resolve(u8: Uint8Array, u32: Uint32Array, base: number, stride: number, count: number, into: JoinColumn): void {
    const { handles, values } = into;
    this.#letGo();
    for (let i = 0, at = base; i < count; i++, at += stride) {
      handles[i] = this.#resolve(u8, u32, at);
      values[i] = 0;
    }
  }

  release(u32: Uint32Array, base: number): void {
    const pins = this.#pins;
    const cookie = (base + CONN.cookie) >>> 2;
    const pin = pins.find(u32[cookie]!, u32[cookie + 1]!, u32[(base + CONN.generation) >>> 2]!);
    if (pin === 0) return;
    this.#passing.push(pins.handle(pin));
    pins.remove(pin);
  }

  /** What the last batch needed alone. */
  #letGo(): void {
    const { fragments } = this.#sources;
    for (let i = 0; i < this.#passing.length; i++) fragments.release(this.#passing[i]!);
    this.#passing.length = 0;
  }

  #resolve(u8: Uint8Array, u32: Uint32Array, base: number): number {
    const pins = this.#pins;
    const low = u32[(base + CONN.cookie) >>> 2]!;
    const high = u32[(base + CONN.cookie + 4) >>> 2]!;
    const generation = u32[(base + CONN.generation) >>> 2]!;
    const isOpen = u8[base + CONN.state] === STATE.open;
    const pin = pins.size === 0 ? 0 : pins.find(low, high, generation);
    if (pin !== 0) {
      const handle = pins.handle(pin);
      if (isOpen) pins.touch(pin);
      else {
        pins.remove(pin);
        this.#passing.push(handle);
      }
      return handle;
    }
    const handle = this.#lookUp(u8, u32, base);
    if (handle === 0) return 0;
    if (isOpen) this.#pin(low, high, generation, handle);
    else this.#passing.push(handle);
    return handle;
  }

  #lookUp(u8: Uint8Array, u32: Uint32Array, base: number): number {
    const { cache, files, fragments, list } = this.#sources;
    const startNs = u64(u32, (base + CONN.start_ns) >>> 2);
    const family = u8[base + CONN.family]!;
    const at = base + this.#address;
    list.clear();
    if (startNs > 0) {
      const netns = (base + CONN.netns_cookie) >>> 2;
      const pid = u8[base + CONN.owner_source] === OWNER_SOURCE.none ? 0 : u32[(base + CONN.pid) >>> 2]!;
      cache.lookup(u32[netns]!, u32[netns + 1]!, u8, at, family, startNs, pid, list);
    }
    files.lookup(u32[(base + CONN.netns_inode) >>> 2]!, u8, at, family, startNs, list);
    if (list.count === 0) return 0;
    list.order();
    return fragments.take(list);
  }

  #pin(low: number, high: number, generation: number, handle: number): void {
    const pins = this.#pins;
    if (pins.full) {
      const { eldest } = pins;
      // Somebody may still be told of it in this batch.
      this.#passing.push(pins.handle(eldest));
      pins.remove(eldest);
      this.evictedPins++;
    }
    pins.add(low, high, generation, handle);
  }
}
