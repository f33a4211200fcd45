import type { ConnectionSource } from '../../connections/connection-source.js';
import { CONNECTION } from '../../connections/generated/connection-type.js';
import type { RecordSource, RecordType } from '../../encoding/record-type.js';
import type { Ledger } from '../../ledger/generated/ledger.js';
import type { RecordPort, RecordWriter } from '../../pipeline/record-writer.js';
import type { ByteSink } from '../byte-sink.js';
import { ChunkBuilder } from '../chunk-builder.js';
import { TableLines, type TableOptions } from './table-lines.js';

export type { TableOptions } from './table-lines.js';

/** Connections as lines for people: a header, then one line each. The ledger is not shown; the command sums it up at the end. */
export class TableWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #lines: TableLines;
  readonly #chunk = new ChunkBuilder();

  constructor(sink: ByteSink, options: TableOptions) {
    this.#sink = sink;
    this.#lines = new TableLines(options);
    this.#chunk.text(this.#lines.header());
    sink.attach({ ledger: () => null, output: () => null });
  }

  get backlog(): number {
    return this.#chunk.end + this.#sink.backlog;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    if (type.name !== CONNECTION.name) return null;
    return {
      write: (source, units) => {
        this.#chunk.text(this.#lines.connection(source as unknown as ConnectionSource));
        this.#chunk.ended(type.index, units);
      },
    };
  }

  ledger(record: Ledger): void {
    this.push();
    this.#sink.ledger(record);
  }

  push(): void {
    const chunk = this.#chunk.take();
    if (chunk !== null) this.#sink.write(chunk);
  }
}
