import type { ConntrailError } from '../errors.js';

/**
 * Takes encoded chunks, in order; each leaves whole or is counted as dropped, in closed connections. Never throws, never blocks, and
 * tells nobody: what became of a chunk must not reach the pipeline, or a replay would differ.
 */
export interface ByteSink {
  /** Takes the chunk over. `connections` is how many closed connections are in it. */
  write(chunk: Uint8Array, connections: number): void;
  /** Bytes taken and not yet written. */
  readonly backlog: number;
  /** Closed connections written, and dropped because writing failed or the backlog was full. */
  readonly written: number;
  readonly dropped: number;
  /** The first failure; null when there was none. */
  readonly error: ConntrailError | null;
  /** Resolves when everything taken so far is settled. */
  idle(): Promise<void>;
  /** Resolves when everything taken is settled and what was opened is closed. */
  finish(): Promise<void>;
}
