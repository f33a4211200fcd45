import { type Observable, Subject } from 'rxjs';
import { RecordDecoder } from '../encoding/record-decoder.js';
import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';

/** Records decoded at a time; more wait for the next batch. */
const BATCH_RECORDS = 256;

/** Collects the records of one type for one subscriber and hands them on as objects, a batch at a time. */
export class RecordCollector<T> implements RecordWriter {
  readonly #type: RecordType;
  readonly #batches = new Subject<readonly T[]>();
  readonly #bytes: Uint8Array;
  readonly #decoder: RecordDecoder;
  #length = 0;
  #count = 0;
  /** Nothing waits here beyond one turn of the pump. */
  readonly backlog = 0;

  constructor(type: RecordType) {
    this.#type = type;
    this.#bytes = new Uint8Array(BATCH_RECORDS * type.most);
    this.#decoder = RecordDecoder.for(type.schema, 'a record');
  }

  get batches$(): Observable<readonly T[]> {
    return this.#batches.asObservable();
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    if (type.name !== this.#type.name) return null;
    return {
      write: (source) => {
        this.#length = type.encode(this.#bytes, this.#length, source);
        if (++this.#count === BATCH_RECORDS) this.push();
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
    this.#batches.next([...this.#decoder.records(block, 'a record')] as T[]);
  }

  complete(): void {
    this.push();
    this.#batches.complete();
  }
}
