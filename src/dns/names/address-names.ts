import type { FrameView } from '../../frames/frame-view.js';
import type { Join } from '../../pipeline/join.js';
import type { StreamClock } from '../../pipeline/stream-clock.js';
import type { NameTable } from '../message/name-table.js';
import type { DnsOptions } from '../options.js';
import { type Learner, NameCache } from './name-cache.js';
import { NameFragments } from './name-fragments.js';
import { NameList } from './name-list.js';
import { NamesJoin } from './names-join.js';
import { MOST_STATIC_NAMES, StaticNames } from './static-names.js';
import { wireHash } from './wire-hash.js';

/** Lists that the records of one batch need beside those that are pinned, of each end. */
const PASSING = 128;
const FILES = 2;

export type NameOptions = Pick<
  DnsOptions,
  'minTtl' | 'maxTtl' | 'maxAddresses' | 'maxNames' | 'maxNamesPerAddress' | 'maxNamedConnections'
>;

/**
 * What addresses are called: learns from answers and files, and offers it to the records of connections. All that it knows came with frames;
 * times are of the boot clock, ns.
 */
export class AddressNames {
  readonly #cache: NameCache;
  readonly #files: StaticNames;
  readonly #fragments: NameFragments;
  readonly #ends: readonly NamesJoin[];
  /** When the last two intervals ended. */
  #flushedNs = 0;
  #expireBeforeNs = 0;

  /**
   * @param table where the names are
   * @param keys of the table's hash, and of that of addresses
   */
  constructor(table: NameTable, keys: Uint32Array, clock: StreamClock, options: NameOptions) {
    const { maxNamesPerAddress, maxNamedConnections } = options;
    const cache = new NameCache(table, keys, options);
    this.#cache = cache;
    // Those who ask come before what is only remembered.
    table.whenFull(() => cache.yield());
    const interner = {
      retain: (handle: number) => table.retain(handle),
      release: (handle: number) => table.release(handle),
      text: (handle: number) => table.text(handle),
      intern: (wire: Uint8Array, start: number, length: number) =>
        table.intern(wire, start, length, wireHash(keys, wire, start, length)),
    };
    this.#files = new StaticNames(interner, keys);
    this.#fragments = new NameFragments(table, clock, 2 * (maxNamedConnections + PASSING));
    const list = new NameList(maxNamesPerAddress + FILES * MOST_STATIC_NAMES);
    const sources = { cache: this.#cache, files: this.#files, fragments: this.#fragments, list };
    this.#ends = [
      new NamesJoin('local', sources, maxNamedConnections),
      new NamesJoin('remote', sources, maxNamedConnections),
    ];
  }

  /** For the records of connections. */
  get joins(): readonly Join[] {
    return this.#ends;
  }

  /** Takes in that answers gave addresses names. */
  get learner(): Learner {
    return this.#cache;
  }

  /** Takes in a HOSTS frame. Returns false when it cannot be one. */
  hosts(frame: FrameView): boolean {
    return this.#files.take(frame);
  }

  /** The clock moved: forgets a slice of what expired. */
  clock(): void {
    this.#cache.expire(this.#expireBeforeNs);
  }

  /**
   * An interval ends. What expired before the last one did is forgotten from now on: whoever began before was seen open since then, or closed.
   */
  flush(nowNs: number): void {
    this.#expireBeforeNs = this.#flushedNs;
    this.#flushedNs = nowNs;
  }

  get statistics() {
    const { counters, addresses, names, namespaces } = this.#cache;
    const pinned = this.#ends.map(({ pins }) => pins);
    const held = this.#ends.reduce((sum, { bytes }) => sum + bytes, this.#cache.bytes + this.#fragments.bytes);
    return {
      ...counters,
      addresses,
      names,
      namespaces,
      fileNames: this.#files.names,
      refusedFileNames: this.#files.refused,
      pinnedLocal: pinned[0]!,
      pinnedRemote: pinned[1]!,
      evictedPins: this.#ends.reduce((sum, { evictedPins }) => sum + evictedPins, 0),
      lists: this.#fragments.held,
      refusedLists: this.#fragments.refused,
      untoldNames: this.#fragments.untold,
      nameBytes: held,
    };
  }
}
