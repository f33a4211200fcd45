import type { ConnectionSource } from '../../src/connections/connection-source.js';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import type { RecordPort, RecordWriter } from '../../src/pipeline/record-writer.js';

/** Adds up what it is given instead of encoding it: the pipeline up to the encoder, with proof that it worked. */
export class CountingWriter implements RecordWriter {
  readonly backlog = 0;
  records = 0;
  /** Of the first five deltas of all records; exact below 2^53. */
  sum = 0;

  port<S extends RecordSource>(_type: RecordType<S>): RecordPort<S> {
    return {
      write: (source) => {
        const { delta, d } = source as unknown as ConnectionSource;
        this.records++;
        this.sum += delta[d]! + delta[d + 1]! + delta[d + 2]! + delta[d + 3]! + delta[d + 4]!;
      },
    };
  }

  ledger(): void {}

  push(): void {}

  close(): void {}
}
