import type { ConnectionSource } from '../../src/connections/connection-source.js';
import type { Connection } from '../../src/connections/generated/connection.js';
import { MAX_CONNECTION_JSON_BYTES, writeConnectionJson } from '../../src/connections/generated/connection-json.js';
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import type { Client } from '../../src/pipeline/client.js';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';

/** Keeps every record as an object, as the NDJSON writer spells it. */
export class ListWriter implements RecordWriter {
  readonly connections: Connection[] = [];
  readonly ledgers: Ledger[] = [];
  /** Everything in order, for comparing runs. */
  readonly lines: string[] = [];
  pushes = 0;
  backlog = 0;
  readonly #bytes = new Uint8Array(MAX_CONNECTION_JSON_BYTES);

  connection(source: ConnectionSource): void {
    const line = new TextDecoder().decode(this.#bytes.subarray(0, writeConnectionJson(this.#bytes, 0, source)));
    this.lines.push(line);
    this.connections.push(JSON.parse(line) as Connection);
  }

  ledger(record: Ledger): void {
    this.ledgers.push(record);
    this.lines.push(JSON.stringify(record));
  }

  push(): void {
    this.pushes++;
  }

  get client(): Client {
    return { name: 'list', writer: this };
  }

  get closed(): Connection[] {
    return this.connections.filter(({ state }) => state === 'closed');
  }

  get open(): Connection[] {
    return this.connections.filter(({ state }) => state === 'open');
  }
}
