/** The room for a table. */
export interface TableSize {
  /** Terminal columns. */
  columns: number;
  /** Lines that are seen at a time; null where nothing scrolls away. */
  rows: number | null;
}

/** What a stream tells of its terminal; Node keeps it up to date (SIGWINCH). */
export interface TerminalLike {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

const DEFAULT_COLUMNS = 80;

/** The size of the terminal; where there is none, or it does not know (0), COLUMNS, else 80. */
export function tableSize(stream: TerminalLike, environment: NodeJS.ProcessEnv): TableSize {
  const terminal = stream.isTTY === true;
  const told = /^\d{1,4}$/.test(environment.COLUMNS ?? '') ? Number(environment.COLUMNS) : 0;
  return {
    columns: (terminal ? stream.columns : 0) || told || DEFAULT_COLUMNS,
    rows: (terminal ? stream.rows : 0) || null,
  };
}
