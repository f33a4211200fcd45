import type { RecordSource, RecordType } from '../../../encoding/record-type.js';
import { plainLines } from '../../../table/plain-table.js';
import type { ReadingTable } from '../../../table/reading-view.js';
import type { TableLines, TableStyle } from '../../../table/record-table.js';
import type { TableSize } from '../../../table/table-size.js';
import type { EbpfMapSource } from '../ebpf-map-source.js';
import type { EbpfProgramSource } from '../ebpf-program-source.js';
import type { EbpfTotalSource } from '../ebpf-total-source.js';
import { MAP_COLUMNS, PROGRAM_COLUMNS, TOTAL_COLUMNS } from './columns.js';
import { Gathered } from './gathered.js';
import { knownMemory } from './map-figures.js';
import { byFigure } from './order.js';
import { coreShare } from './program-figures.js';

/** A round as tables below each other: programs by what they take of a core, maps by memory, and the sums by module. */
export class RoundTable implements ReadingTable {
  readonly #gathered = new Gathered();
  readonly #programs: TableLines<EbpfProgramSource>;
  readonly #maps: TableLines<EbpfMapSource>;
  readonly #totals: TableLines<EbpfTotalSource>;

  constructor(style: TableStyle) {
    this.#programs = plainLines(style, PROGRAM_COLUMNS);
    this.#maps = plainLines(style, MAP_COLUMNS);
    this.#totals = plainLines(style, TOTAL_COLUMNS);
  }

  take<S extends RecordSource>(type: RecordType<S>): ((source: S) => void) | null {
    return this.#gathered.take(type);
  }

  ended(): void {
    this.#gathered.ended();
  }

  text({ columns }: TableSize): string {
    const { whole } = this.#gathered;
    if (whole === null) return '';
    const { programs, maps, parts, all } = whole;
    const tables = [
      table(this.#programs, columns, byFigure(programs, coreShare)),
      table(this.#maps, columns, byFigure(maps, knownMemory)),
      table(this.#totals, columns, all === null ? parts : [...parts, all]),
    ];
    return tables.join('\n');
  }
}

function table<R>(lines: TableLines<R>, columns: number, rows: readonly R[]): string {
  lines.fit(columns);
  return lines.header() + rows.map((row) => lines.line(row)).join('');
}
