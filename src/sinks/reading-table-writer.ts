import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { RecordPort } from '../pipeline/record-writer.js';
import type { ReadingTable } from '../table/reading-view.js';
import type { TableSize } from '../table/table-size.js';
import type { ByteSink } from './byte-sink.js';
import { ChunkWriter } from './chunk-writer.js';

/**
 * The records of a reading as one table, for people. A record counts as written when the table of its reading is, or that of the next one
 * shown. The ledger is not shown; the command sums it up at the end.
 */
export class ReadingTableWriter extends ChunkWriter {
  readonly #table: ReadingTable;
  readonly #size: () => TableSize;
  /** Records that no table told yet: index of the type and units, in pairs. */
  #waiting: number[] = [];

  constructor(sink: ByteSink, table: ReadingTable, size: () => TableSize) {
    super(sink);
    this.#table = table;
    this.#size = size;
    sink.attach({ ledger: () => null, output: () => null });
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    const take = this.#table.take(type);
    if (take === null) return null;
    return {
      write: (source, units) => {
        take(source);
        this.#waiting.push(type.index, units);
      },
    };
  }

  /** A reading is whole. @param shown whether it is printed */
  ended(shown: boolean): void {
    this.#table.ended();
    if (!shown) return;
    this.chunk.text(this.#table.text(this.#size()));
    this.#tell();
    this.push();
  }

  /** Nothing comes any more: what is left is of a reading that was not shown. */
  end(): void {
    this.#tell();
    this.push();
  }

  #tell(): void {
    for (let i = 0; i < this.#waiting.length; i += 2) this.chunk.ended(this.#waiting[i]!, this.#waiting[i + 1]!);
    this.#waiting = [];
  }
}
