import { type Observable, Subject } from 'rxjs';
import type { ConnectionSource } from '../connections/connection-source.js';
import type { Connection } from '../connections/generated/connection.js';
import { encodeConnection, MAX_CONNECTION_BYTES } from '../connections/generated/connection-encoder.js';
import { CONNECTION_SCHEMA } from '../encoding/generated/schemas.js';
import { RecordDecoder } from '../encoding/record-types.js';
import type { RecordWriter } from '../pipeline/record-writer.js';

/** Connections decoded at a time; more wait for the next batch. */
const BATCH_CONNECTIONS = 256;

/** Collects the records of one subscriber and hands them on as objects, a batch at a time. */
export class ConnectionCollector implements RecordWriter {
  readonly #batches = new Subject<readonly Connection[]>();
  readonly #bytes = new Uint8Array(BATCH_CONNECTIONS * MAX_CONNECTION_BYTES);
  readonly #decoder = RecordDecoder.for(CONNECTION_SCHEMA, 'a record');
  #length = 0;
  #count = 0;
  /** Nothing waits here beyond one turn of the pump. */
  readonly backlog = 0;

  get batches$(): Observable<readonly Connection[]> {
    return this.#batches.asObservable();
  }

  connection(source: ConnectionSource): void {
    this.#length = encodeConnection(this.#bytes, this.#length, source);
    if (++this.#count === BATCH_CONNECTIONS) this.push();
  }

  ledger(): void {
    this.push();
  }

  push(): void {
    if (this.#count === 0) return;
    const records = this.#bytes.subarray(0, this.#length);
    const block = { index: 0, offset: 0, count: this.#count, records };
    this.#length = 0;
    this.#count = 0;
    this.#batches.next([...this.#decoder.records(block, 'a record')] as Connection[]);
  }

  complete(): void {
    this.push();
    this.#batches.complete();
  }
}
