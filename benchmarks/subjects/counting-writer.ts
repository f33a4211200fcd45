import type { ConnectionSource } from '../../src/connections/connection-source.js';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';

/** Adds up what it is given instead of encoding it: the pipeline up to the encoder, with proof that it worked. */
export class CountingWriter implements RecordWriter {
  readonly backlog = 0;
  records = 0;
  /** Of the first five deltas of all records; exact below 2^53. */
  sum = 0;

  connection({ delta, d }: ConnectionSource): void {
    this.records++;
    this.sum += delta[d]! + delta[d + 1]! + delta[d + 2]! + delta[d + 3]! + delta[d + 4]!;
  }

  ledger(): void {}

  push(): void {}

  close(): void {}
}
