import type { Connection } from '../connections/generated/connection.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { Output as OutputRecord } from '../sinks/generated/output.js';
import { disagreement } from './agreement.js';

/** What is checked of a record. */
export type FoundRecord = { host: string; bootId: string; seq: number } & (
  | { record: 'connection'; closed: boolean; wrong: string | null }
  | { record: 'ledger'; ledger: Ledger }
  | { record: 'output'; output: OutputRecord }
);

export function foundConnection(connection: Connection): FoundRecord {
  const { host, boot_id: bootId, seq, state } = connection;
  return { record: 'connection', host, bootId, seq, closed: state === 'closed', wrong: disagreement(connection) };
}

export function foundLedger(ledger: Ledger): FoundRecord {
  return { record: 'ledger', host: ledger.host, bootId: ledger.boot_id, seq: ledger.seq, ledger };
}

export function foundOutput(output: OutputRecord): FoundRecord {
  return { record: 'output', host: output.host, bootId: output.boot_id, seq: output.seq, output };
}
