import type { FigureInput } from './figure.js';
import type { Peers } from './peers.js';

/** What a benchmark may use. */
export interface Context {
  /** Interleaved rounds. */
  rounds: number;
  /** true: tiny inputs and short times; proves that everything runs and agrees, nothing else. */
  smoke: boolean;
  peers: Peers;
}

export interface Benchmark {
  /** As on the command line. */
  name: string;
  /** One line for `--list`. */
  title: string;
  /** Throws Skipped when this machine cannot run it. */
  run(context: Context): Promise<FigureInput[]>;
}

/** This machine lacks something that the benchmark needs; the message says what. */
export class Skipped extends Error {}
