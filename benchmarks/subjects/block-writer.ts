import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { ConnectionSource } from '../../src/avro/connection-source.js';
import { BlockBuilder } from '../../src/avro/container-writer.js';
import { encodeConnection, MAX_CONNECTION_BYTES } from '../../src/avro/generated/connection-encoder.js';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';

/** Of how many blocks one is checked while the clock runs; every one is in a checking run. */
const SAMPLE = 256;

/** Encodes into blocks as the directory sink does, and writes them to /dev/null: the pipeline's own cost with nothing behind it. */
export class BlockWriter implements RecordWriter {
  readonly #fd = openSync('/dev/null', 'w');
  readonly #block = new BlockBuilder();
  readonly #every: number;
  readonly backlog = 0;
  records = 0;
  bytes = 0;
  blocks = 0;
  crc = 0;

  /** @param check checksum of every block instead of every 256th */
  constructor(check: boolean) {
    this.#every = check ? 1 : SAMPLE;
  }

  connection(source: ConnectionSource): void {
    const block = this.#block;
    if (!block.fits(MAX_CONNECTION_BYTES)) this.#cut();
    block.end = encodeConnection(block.bytes, block.end, source);
    block.count++;
  }

  /** Nothing: the peers write connections only. */
  ledger(): void {}

  push(): void {}

  close(): void {
    this.#cut();
    closeSync(this.#fd);
  }

  #cut(): void {
    const block = this.#block.take();
    if (block === null) return;
    const bytes = block.bytes.subarray(block.start, block.end);
    if (this.blocks++ % this.#every === 0) this.crc = crc32(bytes, this.crc);
    this.records += block.count;
    this.bytes += bytes.length;
    writeSync(this.#fd, bytes);
    this.#block.recycle(block);
  }
}
