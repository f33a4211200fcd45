import type { RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import type { Output as OutputRecord } from '../sinks/generated/output.js';
import { OUTPUT } from '../sinks/generated/output-type.js';

/** Of which run a record is. */
export interface Origin {
  host: string;
  bootId: string;
  run: number;
}

/** What is checked of a record. `ledger` and `output`: of those two types alone. */
export interface FoundRecord extends Origin {
  /** Name of its type. */
  record: string;
  seq: number;
  /** Of its feature's ledger row that it stands for. */
  units: number;
  /** What it says twice and not alike; null when it agrees with itself. */
  wrong: string | null;
  ledger: Ledger | null;
  output: OutputRecord | null;
}

/** @param record decoded, or parsed from a line */
export function found(type: RecordType, record: object): FoundRecord {
  const { host, boot_id: bootId, run, seq } = record as { host: string; boot_id: string; run: number; seq: number };
  return {
    record: type.name,
    host,
    bootId,
    run,
    seq,
    units: type.unitsOf(record),
    wrong: type.disagreement(record),
    ledger: type.name === LEDGER.name ? (record as Ledger) : null,
    output: type.name === OUTPUT.name ? (record as OutputRecord) : null,
  };
}
