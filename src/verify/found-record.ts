import { CONNECTION } from '../connections/generated/connection-type.js';
import type { RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import type { Output as OutputRecord } from '../sinks/generated/output.js';
import { OUTPUT } from '../sinks/generated/output-type.js';

/** What is checked of a record. */
export type FoundRecord = { host: string; bootId: string; run: number; seq: number } & (
  | { record: 'connection'; closed: boolean; wrong: string | null }
  | { record: 'ledger'; ledger: Ledger }
  | { record: 'output'; output: OutputRecord }
);

/** @param record decoded, or parsed from a line */
export function found(type: RecordType, record: object): FoundRecord {
  const { host, boot_id: bootId, run, seq } = record as { host: string; boot_id: string; run: number; seq: number };
  if (type.name === LEDGER.name) return { record: 'ledger', host, bootId, run, seq, ledger: record as Ledger };
  if (type.name === OUTPUT.name) return { record: 'output', host, bootId, run, seq, output: record as OutputRecord };
  const wrong = type.disagreement(record);
  return { record: CONNECTION.name as 'connection', host, bootId, run, seq, closed: type.unitsOf(record) > 0, wrong };
}
