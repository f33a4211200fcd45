import { readFileSync } from 'node:fs';
import { CONN } from '../../src/connections/layout.gen.js';
import type { RecordBatch } from '../../src/connections/record-batch.js';
import type { Binding } from './binding.js';
import { EXCHANGE } from './exchange.js';

/** The part of the engine's interface that is used; TypeScript has it among the types of browsers only. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: unknown;
  }
}

interface Exports {
  memory: WebAssembly.Memory;
  exchange(): number;
  start(): void;
  run(): void;
  release(): void;
}

/** The kernel in WebAssembly: batches are copied into its memory, blocks are views of it. */
export class WasmBinding implements Binding {
  readonly #exports: Exports;
  readonly exchange: number;
  readonly start: () => void;
  readonly run: () => void;
  readonly release: () => void;
  #bytes = new Uint8Array(0);

  /** @param path of kernel.wasm */
  constructor(path: string) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)));
    this.#exports = exports as Exports;
    this.exchange = this.#exports.exchange();
    ({ start: this.start, run: this.run, release: this.release } = this.#exports);
  }

  get memory(): ArrayBuffer {
    return this.#exports.memory.buffer;
  }

  bring({ u8, base, count }: RecordBatch): void {
    // Views of memory that grew have no length any more.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.memory);
    this.#bytes.set(u8.subarray(base, base + count * CONN.size), this.exchange + EXCHANGE.records);
  }
}
