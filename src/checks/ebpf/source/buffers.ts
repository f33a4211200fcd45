import type { Holder } from './holder.js';
import type { MapFacts } from './map-facts.js';
import type { BufferFacts } from './map-frame.js';
import { iteratedMappings, type Mapping, type MappingHandles, procMappings } from './mappings.js';
import type { RowBuffer } from './row-buffer.js';

/** enum bpf_map_type. */
const PERF_EVENT_ARRAY = 4;
const RINGBUF = 27;
const USER_RINGBUF = 31;
const ARENA = 33;
/** linux/bpf.h: BPF_F_MMAPABLE. */
const MMAPABLE = 1 << 10;

const isRing = ({ type }: Pick<MapFacts, 'type'>): boolean => type === RINGBUF || type === USER_RINGBUF;
const canBeMapped = (map: Pick<MapFacts, 'type' | 'flags'>): boolean =>
  isRing(map) || map.type === ARENA || (map.flags & MMAPABLE) !== 0;

/** Buffers of ring maps and perf event arrays, with who maps them. */
export class Buffers {
  readonly #maps: ReadonlyMap<number, MapFacts>;
  readonly #holders: readonly Holder[];
  readonly #pageSize: number;
  /** null: there is no iterator. */
  readonly #mappings: readonly Mapping[] | null;

  /** @param handles of the iterator over mappings; null: it is not loaded */
  constructor(
    buffer: RowBuffer,
    handles: MappingHandles | null,
    maps: ReadonlyMap<number, MapFacts>,
    holders: readonly Holder[],
    pageSize: number,
  ) {
    this.#maps = maps;
    this.#holders = holders;
    this.#pageSize = pageSize;
    const rings = new Set([...maps.values()].filter(isRing).map(({ id }) => id));
    // A mapping outlives its descriptor, but nobody maps what nobody holds: the reader of a ring waits on it.
    const pids = new Set(holders.filter(({ what, id }) => what === 'map' && rings.has(id)).map(({ pid }) => pid));
    this.#mappings = handles === null ? null : iteratedMappings(buffer, handles, [...pids]);
  }

  /** null: it has none, or it is not known. */
  of(map: MapFacts): BufferFacts | null {
    if (map.type === PERF_EVENT_ARRAY) {
      return map.rings === null ? null : { source: 'iterator', ...map.rings, mappedConsumer: 0 };
    }
    if (!isRing(map)) return null;
    const known = this.#mappings?.filter((each) => each.map === map.id);
    const mappings = known ?? procMappings(map.id, this.#holders, (id) => this.#canBeMapped(id), this.#pageSize);
    if (mappings === null) return null;
    // The consumer's page comes first, and is mapped alone, to be written.
    const consumer = mappings.filter(({ page, bytes }) => page === 0 && bytes === this.#pageSize);
    const all = sum(mappings);
    return {
      source: known === undefined ? 'proc' : 'iterator',
      bytes: map.maxEntries,
      mapped: all - sum(consumer),
      mappedConsumer: sum(consumer),
      rings: 1,
      mappings: mappings.length,
    };
  }

  #canBeMapped(id: number): boolean {
    const map = this.#maps.get(id);
    return map === undefined || canBeMapped(map);
  }
}

function sum(mappings: readonly Mapping[]): number {
  return mappings.reduce((total, { bytes }) => total + bytes, 0);
}
