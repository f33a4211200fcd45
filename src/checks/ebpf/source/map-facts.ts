import type { MapInfo } from '../../../native/index.js';
import { MAP_HAS, MAP_ROW, NAME_LENGTH } from '../rows/layout.gen.js';
import { rowText } from './row-text.js';

/** The rings behind a map, as an iterator finds them. Lengths in bytes. */
export interface RingFacts {
  readonly bytes: number;
  readonly mapped: number;
  readonly rings: number;
  readonly mappings: number;
}

/** What is known of a map, by whichever way. */
export interface MapFacts extends Omit<MapInfo, 'extra'> {
  readonly extra: bigint;
  /** null: not known. */
  readonly frozen: boolean | null;
  /** The kernel's own sum; null: it keeps none. */
  readonly entries: number | null;
  /** null: it has no rings, or they were not looked at. */
  readonly rings: RingFacts | null;
  /** Everything that keeps it, the one who looks included; null: not known. */
  readonly references: number | null;
}

/** Of each row of the iterator over maps, by id. */
export function mapFacts(rows: DataView): Map<number, MapFacts> {
  const found = new Map<number, MapFacts>();
  for (let at = 0; at + MAP_ROW.size <= rows.byteLength; at += MAP_ROW.size) {
    const word = (offset: number): number => rows.getUint32(at + offset, true);
    const long = (offset: number): number => Number(rows.getBigUint64(at + offset, true));
    const has = word(MAP_ROW.has);
    const rings = {
      bytes: long(MAP_ROW.buffer_bytes),
      mapped: long(MAP_ROW.mapped),
      rings: word(MAP_ROW.rings),
      mappings: word(MAP_ROW.mappings),
    };
    found.set(word(MAP_ROW.id), {
      id: word(MAP_ROW.id),
      type: word(MAP_ROW.type),
      keySize: word(MAP_ROW.key_size),
      valueSize: word(MAP_ROW.value_size),
      maxEntries: word(MAP_ROW.max_entries),
      flags: word(MAP_ROW.flags),
      name: rowText(rows, at + MAP_ROW.name, NAME_LENGTH),
      btfId: word(MAP_ROW.btf_id),
      extra: rows.getBigUint64(at + MAP_ROW.extra, true),
      frozen: word(MAP_ROW.frozen) !== 0,
      entries: (has & MAP_HAS.entries) !== 0 ? long(MAP_ROW.entries) : null,
      rings: (has & MAP_HAS.buffer) !== 0 ? rings : null,
      references: Number(rows.getBigInt64(at + MAP_ROW.references, true)),
    });
  }
  return found;
}

/** What bpf(2) tells, with what an iterator knows beside. */
export function mapOf(info: MapInfo, row: MapFacts | undefined, frozen: boolean | null): MapFacts {
  const { entries = null, rings = null, references = null } = row ?? {};
  return { ...info, frozen: row?.frozen ?? frozen, entries, rings, references };
}
