import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { RecordPort } from '../pipeline/record-writer.js';
import type { RecordTable, TableLines, TableStyle } from '../table/record-table.js';
import type { TableSize } from '../table/table-size.js';
import type { ByteSink } from './byte-sink.js';
import { ChunkWriter } from './chunk-writer.js';

export interface TableOptions extends TableStyle {
  /** The room there is, asked for before each line: a terminal may change. 80 columns by default, of a page without end. */
  size?: () => TableSize;
}

/**
 * Records as lines for people: a header, then one line each; the header again when it has scrolled away, when the columns change, or when
 * records of another type came between. The ledger is not shown; the command sums it up at the end.
 */
export class TableWriter extends ChunkWriter {
  readonly #size: () => TableSize;
  readonly #tables: readonly { name: string; lines: TableLines<never> }[];
  /** What the last line was of. */
  #shown: TableLines<never> | null = null;
  /** Lines since the header, which is one of them. */
  #lines = 0;

  /** @param tables of the record types that are shown; the header of the first stands there from the start */
  constructor(
    sink: ByteSink,
    tables: readonly RecordTable[],
    { size = () => ({ columns: 80, rows: null }), ...style }: TableOptions,
  ) {
    super(sink);
    this.#size = size;
    this.#tables = tables.map(({ type, open }) => ({ name: type.name, lines: open(style) }));
    const first = this.#tables[0];
    if (first !== undefined) this.chunk.text(this.#header(first.lines));
    sink.attach({ ledger: () => null, output: () => null });
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    const lines = this.#tables.find(({ name }) => name === type.name)?.lines as TableLines<S> | undefined;
    if (lines === undefined) return null;
    return {
      write: (source, units) => {
        this.chunk.text(this.#header(lines) + lines.line(source));
        this.chunk.ended(type.index, units);
        this.#lines++;
      },
    };
  }

  /** The header where it is due before another line, else ''. */
  #header(lines: TableLines<never>): string {
    const { columns, rows } = this.#size();
    const changed = lines.fit(columns) || lines !== this.#shown;
    const height = Math.ceil(lines.width / columns);
    // The line the cursor is in shows nothing. Where two lines do not fit below the header, it would be most of what is seen.
    const page = rows === null ? 0 : Math.floor((rows - 1) / height);
    if (!changed && (page < 3 || this.#lines < page)) return '';
    this.#shown = lines;
    this.#lines = 1;
    return lines.header();
  }
}
