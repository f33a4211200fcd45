import { RECORD_TYPES } from '../../records.gen.js';

/** What the name of an output file says. */
export interface FileName {
  /** Name of the record type. */
  record: string;
  /** When it was begun, UTC, to the millisecond: 20261120T081203.123Z. */
  time: string;
  /** Running number of the file among those of its run and record type, from 1. */
  sequence: number;
}

const PATTERN = new RegExp(
  `^(${RECORD_TYPES.map(({ name }) => name).join('|')})-(\\d{8}T\\d{6}\\.\\d{3}Z)-(\\d{6,})\\.avro$`,
);
/** Behind the name of a container file: its running checksums. */
export const CHECKSUM_SUFFIX = '.crc32';

/** `connection-20261120T081203.123Z-000001.avro`: names sort by time, then by sequence. */
export function fileName(record: string, begun: Date, sequence: number): string {
  const time = begun.toISOString().replaceAll(/[-:]/g, '');
  return `${record}-${time}-${String(sequence).padStart(6, '0')}.avro`;
}

/** The parts of such a name, or null when it is another's. */
export function parseFileName(name: string): FileName | null {
  const match = PATTERN.exec(name);
  if (match === null) return null;
  return { record: match[1]!, time: match[2]!, sequence: Number(match[3]) };
}
