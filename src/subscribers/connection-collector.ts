import { type Observable, Subject } from 'rxjs';
import type { Connection } from '../connections/generated/connection.js';
import { CONNECTION } from '../connections/generated/connection-type.js';
import { RecordDecoder } from '../encoding/record-decoder.js';
import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';

/** Connections decoded at a time; more wait for the next batch. */
const BATCH_CONNECTIONS = 256;

/** Collects the records of one subscriber and hands them on as objects, a batch at a time. */
export class ConnectionCollector implements RecordWriter {
  readonly #batches = new Subject<readonly Connection[]>();
  readonly #bytes = new Uint8Array(BATCH_CONNECTIONS * CONNECTION.most);
  readonly #decoder = RecordDecoder.for(CONNECTION.schema, 'a record');
  #length = 0;
  #count = 0;
  /** Nothing waits here beyond one turn of the pump. */
  readonly backlog = 0;

  get batches$(): Observable<readonly Connection[]> {
    return this.#batches.asObservable();
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    if (type.name !== CONNECTION.name) return null;
    return {
      write: (source) => {
        this.#length = type.encode(this.#bytes, this.#length, source);
        if (++this.#count === BATCH_CONNECTIONS) this.push();
      },
    };
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
