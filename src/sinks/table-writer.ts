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

interface ShownTable {
  readonly name: string;
  readonly lines: TableLines<never>;
  /** Number of the line that its header is; null: it has not been shown. */
  headed: number | null;
}

/**
 * Records as lines for people: a header for each type, then one line each; a header again when it has scrolled away or its columns change. Types
 * that take turns keep theirs as long as it stands on the screen. The ledger is not shown; the command sums it up at the end.
 */
export class TableWriter extends ChunkWriter {
  readonly #size: () => TableSize;
  readonly #tables: readonly ShownTable[];
  /** Lines so far, headers too. */
  #lines = 0;

  /** @param tables of the record types that are shown; the header of the first stands there from the start */
  constructor(
    sink: ByteSink,
    tables: readonly RecordTable[],
    { size = () => ({ columns: 80, rows: null }), ...style }: TableOptions,
  ) {
    super(sink);
    this.#size = size;
    this.#tables = tables.map(({ type, open }) => ({ name: type.name, lines: open(style), headed: null }));
    const first = this.#tables[0];
    if (first !== undefined) this.chunk.text(this.#header(first));
    sink.attach({ ledger: () => null, output: () => null });
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    const table = this.#tables.find(({ name }) => name === type.name);
    if (table === undefined) return null;
    const lines = table.lines as TableLines<S>;
    return {
      write: (source, units) => {
        this.chunk.text(this.#header(table) + lines.line(source));
        this.chunk.ended(type.index, units);
        this.#lines++;
      },
    };
  }

  /** The header where it is due before another line, else ''. */
  #header(table: ShownTable): string {
    const { lines, headed } = table;
    const { columns, rows } = this.#size();
    const changed = lines.fit(columns) || headed === null;
    const height = Math.ceil(lines.width / columns);
    // The line the cursor is in shows nothing. Where two lines do not fit below the header, it would be most of what is seen.
    const page = rows === null ? 0 : Math.floor((rows - 1) / height);
    if (!changed && (page < 3 || this.#lines - headed < page)) return '';
    table.headed = this.#lines++;
    return lines.header();
  }
}
