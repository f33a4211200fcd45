import type { ConnectionSource } from '../connections/connection-source.js';
import { CONN, STATE } from '../frames/layout.gen.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import { noCounts } from './output-account.js';

/** Writes nothing, and counts what it is given: for whoever wants the ledger alone. */
export class NullWriter implements RecordWriter {
  readonly backlog = 0;
  readonly given = noCounts();

  connection({ u8, base }: ConnectionSource): void {
    this.given.records++;
    if (u8[base + CONN.state] === STATE.closed) this.given.connections++;
  }

  ledger(): void {
    this.given.ledgers++;
  }

  push(): void {}
}
