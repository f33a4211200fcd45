import type { Connection } from '../../src/connections/generated/connection.js';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import type { Client } from '../../src/pipeline/client.js';
import type { RecordPort, RecordWriter } from '../../src/pipeline/record-writer.js';

/** Keeps every record as an object, as the NDJSON writer spells it. */
export class ListWriter implements RecordWriter {
  readonly connections: Connection[] = [];
  readonly ledgers: Ledger[] = [];
  /** Records of other types, as they stand in NDJSON. */
  readonly others: { record: string }[] = [];
  /** Everything in order, for comparing runs. */
  readonly lines: string[] = [];
  pushes = 0;
  backlog = 0;

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const bytes = new Uint8Array(type.mostJson);
    return {
      write: (source) => {
        const line = new TextDecoder().decode(bytes.subarray(0, type.json(bytes, 0, source)));
        this.lines.push(line);
        if (type.name === CONNECTION.name) this.connections.push(JSON.parse(line) as Connection);
        else this.others.push(JSON.parse(line) as { record: string });
      },
    };
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
