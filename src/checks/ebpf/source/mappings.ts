import { MAPPING_ROW } from '../rows/layout.gen.js';
import type { Holder } from './holder.js';
import { linkOf, readProc } from './proc-files.js';
import type { RowBuffer } from './row-buffer.js';

/** A piece of a process's address space that is a map's memory. */
export interface Mapping {
  readonly map: number;
  readonly pid: number;
  readonly bytes: number;
  /** The first page of the map that is mapped. */
  readonly page: number;
}

/** Of each row of the iterator over mappings. */
export function mappingsOf(rows: DataView): Mapping[] {
  const found: Mapping[] = [];
  for (let at = 0; at + MAPPING_ROW.size <= rows.byteLength; at += MAPPING_ROW.size) {
    const long = (offset: number): number => Number(rows.getBigUint64(at + offset, true));
    found.push({
      map: rows.getUint32(at + MAPPING_ROW.map, true),
      pid: rows.getUint32(at + MAPPING_ROW.pid, true),
      bytes: long(MAPPING_ROW.end) - long(MAPPING_ROW.start),
      page: long(MAPPING_ROW.page),
    });
  }
  return found;
}

/**
 * The mappings of those that hold maps with something to map: process by process where the kernel can, since a walk over all memory of all processes
 * takes its time. null: there is no iterator, or it cannot be walked.
 */
export function iteratedMappings(
  buffer: RowBuffer,
  handles: MappingHandles,
  pids: readonly number[],
): Mapping[] | null {
  const found: Mapping[] = [];
  for (const pid of pids) {
    const rows = buffer.readOf(handles.program, pid);
    if (rows === null) {
      // One that has gone maps nothing; a kernel that walks all there are does so once.
      if (linkOf(`${pid}/exe`) === null && readProc(`${pid}/comm`) === null) continue;
      const all = buffer.read(handles.link);
      return all === null ? null : mappingsOf(all);
    }
    found.push(...mappingsOf(rows));
  }
  return found;
}

export interface MappingHandles {
  readonly program: number;
  readonly link: number;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+\s+anon_inode:bpf-map$/gm;

/**
 * The same out of /proc/PID/maps, which does not tell the maps apart: only of processes that hold just one map which can be mapped. null: of one
 * it is not certain.
 * @param mappable whether a map can be mapped at all
 */
export function procMappings(
  map: number,
  holders: readonly Holder[],
  mappable: (map: number) => boolean,
  pageSize: number,
): Mapping[] | null {
  const found: Mapping[] = [];
  const pids = new Set(holders.filter(({ what, id }) => what === 'map' && id === map).map(({ pid }) => pid));
  for (const pid of pids) {
    const held = new Set(holders.filter((each) => each.what === 'map' && each.pid === pid).map(({ id }) => id));
    if ([...held].filter(mappable).length !== 1) return null;
    const text = readProc(`${pid}/maps`);
    if (text === null) return null;
    for (const [, start, end, offset] of text.matchAll(LINE)) {
      const bytes = Number.parseInt(end!, 16) - Number.parseInt(start!, 16);
      found.push({ map, pid, bytes, page: Number.parseInt(offset!, 16) / pageSize });
    }
  }
  return found;
}
