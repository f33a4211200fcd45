import type { RecordBatch } from '../../src/connections/record-batch.js';

/** How the compiled kernel is reached; the only thing in which WebAssembly and addon differ. */
export interface Binding {
  /** Where `struct exchange` lies: a memory, and the byte offset in it. The memory is another object after it grew. */
  readonly memory: ArrayBuffer;
  readonly exchange: number;
  /** Begins, once host and boot id are in the exchange. */
  start(): void;
  /** Makes the records of a batch readable to `run`. */
  bring(batch: RecordBatch): void;
  run(): void;
  release(): void;
}
