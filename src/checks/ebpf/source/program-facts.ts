import type { ProgramInfo } from '../../../native/index.js';
import { FULL_NAME_LENGTH, FUNCTION_LENGTH, NAME_LENGTH, PROGRAM_HAS, PROGRAM_ROW } from '../rows/layout.gen.js';
import { rowText } from './row-text.js';

/** What is known of a program, by whichever way. */
export interface ProgramFacts
  extends Omit<ProgramInfo, 'functionType' | 'attachBtf' | 'attachType' | 'runTimeNs' | 'runCount'> {
  /** ns, and how often; null: not known. */
  readonly runTimeNs: bigint | null;
  readonly runCount: bigint | null;
  /** The function, or tracepoint, that it is attached to by type; empty: none, or not known. */
  readonly function: string;
}

/** Of each row of the iterator over programs, by id. */
export function programFacts(rows: DataView): Map<number, ProgramFacts> {
  const found = new Map<number, ProgramFacts>();
  for (let at = 0; at + PROGRAM_ROW.size <= rows.byteLength; at += PROGRAM_ROW.size) {
    const word = (offset: number): number => rows.getUint32(at + offset, true);
    const long = (offset: number): bigint => rows.getBigUint64(at + offset, true);
    const has = (what: keyof typeof PROGRAM_HAS): boolean => (word(PROGRAM_ROW.has) & PROGRAM_HAS[what]) !== 0;
    const id = word(PROGRAM_ROW.id);
    found.set(id, {
      id,
      type: word(PROGRAM_ROW.type),
      name:
        rowText(rows, at + PROGRAM_ROW.full_name, FULL_NAME_LENGTH) ||
        rowText(rows, at + PROGRAM_ROW.name, NAME_LENGTH),
      tag: new Uint8Array(rows.buffer, rows.byteOffset + at + PROGRAM_ROW.tag, 8).slice(),
      btfId: word(PROGRAM_ROW.btf_id),
      loadedNs: long(PROGRAM_ROW.loaded_ns),
      uid: word(PROGRAM_ROW.uid),
      gplCompatible: word(PROGRAM_ROW.gpl_compatible) !== 0,
      xlatedBytes: word(PROGRAM_ROW.xlated_bytes),
      jitedBytes: word(PROGRAM_ROW.jited_bytes),
      runTimeNs: has('runs') ? long(PROGRAM_ROW.run_time_ns) : null,
      runCount: has('runs') ? long(PROGRAM_ROW.run_count) : null,
      misses: has('misses') ? long(PROGRAM_ROW.misses) : null,
      verified: has('verified') ? word(PROGRAM_ROW.verified) : null,
      function: rowText(rows, at + PROGRAM_ROW.function, FUNCTION_LENGTH),
    });
  }
  return found;
}
