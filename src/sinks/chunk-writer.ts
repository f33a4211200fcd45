import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';
import { ChunkBuilder } from './chunk-builder.js';

/** Writes records one behind the other into chunks, and each chunk into its sink: what all forms have in common that are readable so. */
export abstract class ChunkWriter implements RecordWriter {
  protected readonly sink: ByteSink;
  protected readonly chunk = new ChunkBuilder();

  constructor(sink: ByteSink) {
    this.sink = sink;
  }

  abstract port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null;

  get backlog(): number {
    return this.chunk.end + this.sink.backlog;
  }

  ledger(record: Ledger): void {
    this.push();
    this.sink.ledger(record);
  }

  push(): void {
    const chunk = this.chunk.take();
    if (chunk !== null) this.sink.write(chunk);
  }
}
