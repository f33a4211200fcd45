import { BlockBuilder } from '../../src/encoding/container-writer.js';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import type { RecordPort, RecordWriter } from '../../src/pipeline/record-writer.js';
import { NullOutput } from './null-output.js';

/** Encodes into blocks as the directory sink does, and writes them to /dev/null: the pipeline's own cost with nothing behind it. */
export class BlockWriter implements RecordWriter {
  readonly #block = new BlockBuilder();
  readonly output: NullOutput;
  readonly backlog = 0;

  /** @param check checksum of every block instead of every 256th */
  constructor(check: boolean) {
    this.output = new NullOutput(check);
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const block = this.#block;
    return {
      write: (source) => {
        if (!block.fits(type.most)) this.#cut();
        block.end = type.encode(block.bytes, block.end, source);
        block.count++;
      },
    };
  }

  /** Nothing: the peers write connections only. */
  ledger(): void {}

  push(): void {}

  close(): void {
    this.#cut();
    this.output.close();
  }

  #cut(): void {
    const block = this.#block.take();
    if (block === null) return;
    this.output.write(block.bytes.subarray(block.start, block.end), block.count);
    this.#block.recycle(block);
  }
}
