import type { ByteSink } from '../../src/sinks/byte-sink.js';

/** Keeps what it is given. */
export class CollectingSink implements ByteSink {
  readonly chunks: Uint8Array[] = [];
  backlog = 0;
  written = 0;
  dropped = 0;
  error = null;

  write(chunk: Uint8Array, connections: number): void {
    this.chunks.push(chunk);
    this.written += connections;
  }

  async idle(): Promise<void> {}

  async finish(): Promise<void> {}

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }
}
