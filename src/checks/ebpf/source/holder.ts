import { HOLDER_ROW, HOLDS, NAME_LENGTH } from '../rows/layout.gen.js';
import { rowText } from './row-text.js';

/** A descriptor that somebody has of a map, of a program, of a link, or of a perf event that runs a program. */
export interface Holder {
  readonly what: 'map' | 'program' | 'link' | 'event';
  /** Of the map or the program. */
  readonly id: number;
  readonly pid: number;
  readonly descriptor: number;
  /** Of the process: boot clock, ns; 0: not known. */
  readonly startNs: bigint;
  readonly name: string;
}

const WHAT = new Map<number, Holder['what']>([
  [HOLDS.map, 'map'],
  [HOLDS.program, 'program'],
  [HOLDS.link, 'link'],
  [HOLDS.event, 'event'],
]);

/** Of each row of the iterator over descriptors. */
export function holdersOf(rows: DataView): Holder[] {
  const found: Holder[] = [];
  for (let at = 0; at + HOLDER_ROW.size <= rows.byteLength; at += HOLDER_ROW.size) {
    const word = (offset: number): number => rows.getUint32(at + offset, true);
    const what = WHAT.get(word(HOLDER_ROW.what));
    if (what === undefined) continue;
    found.push({
      what,
      id: word(HOLDER_ROW.id),
      pid: word(HOLDER_ROW.pid),
      descriptor: word(HOLDER_ROW.fd),
      startNs: rows.getBigUint64(at + HOLDER_ROW.start_ns, true),
      name: rowText(rows, at + HOLDER_ROW.name, NAME_LENGTH),
    });
  }
  return found;
}
