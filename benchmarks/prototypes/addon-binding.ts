import { createRequire } from 'node:module';
import type { RecordBatch } from '../../src/connections/record-batch.js';
import type { Binding } from './binding.js';
import { EXCHANGE } from './exchange.js';

interface NativeKernel {
  attach(memory: Uint8Array): void;
  run(): void;
  release(): void;
}

/** The kernel in an addon: it reads batches where they lie and writes into memory of ours. */
export class AddonBinding implements Binding {
  readonly memory = new ArrayBuffer(EXCHANGE.size);
  readonly exchange = 0;
  readonly #words = new Uint32Array(this.memory);
  readonly #path: string;
  #kernel: NativeKernel | undefined;
  #attached: Uint8Array | undefined;

  /** @param path of kernel.node */
  constructor(path: string) {
    this.#path = path;
  }

  start(): void {
    const { Kernel } = createRequire(import.meta.url)(this.#path) as {
      Kernel: new (memory: ArrayBuffer) => NativeKernel;
    };
    this.#kernel = new Kernel(this.memory);
  }

  bring({ u8, base }: RecordBatch): void {
    if (u8 !== this.#attached) {
      this.#kernel!.attach(u8);
      this.#attached = u8;
    }
    this.#words[EXCHANGE.base >>> 2] = base;
  }

  run(): void {
    this.#kernel!.run();
  }

  release(): void {
    this.#kernel!.release();
  }
}
