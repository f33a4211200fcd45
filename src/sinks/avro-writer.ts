import { randomBytes } from 'node:crypto';
import type { ConnectionSource } from '../avro/connection-source.js';
import { BlockBuilder, containerHeader, plainBlock, SYNC_BYTES } from '../avro/container-writer.js';
import { encodeConnection, MAX_CONNECTION_BYTES } from '../avro/generated/connection-encoder.js';
import type { Ledger } from '../avro/generated/ledger.js';
import { encodeLedger, MAX_LEDGER_BYTES } from '../avro/generated/ledger-encoder.js';
import { CONNECTION_SCHEMA, LEDGER_SCHEMA } from '../avro/generated/schemas.js';
import { CONN, STATE } from '../kernel/layout.gen.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';

/** Schema of the stream: a union, since one container holds both record types in the order they were made. */
export const STREAM_SCHEMA = `[${CONNECTION_SCHEMA},${LEDGER_SCHEMA}]`;
/** Index of each record type in the union, as Avro writes it (zigzag). */
const CONNECTION_INDEX = 0;
const LEDGER_INDEX = 2;

/** Both record types as one Avro container stream: readable up to its last whole block at any time. */
export class AvroStreamWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #sync: Uint8Array;
  readonly #block = new BlockBuilder();
  #connections = 0;

  /** @param sync the container's sync marker; 16 random bytes unless a test gives them */
  constructor(sink: ByteSink, sync: Uint8Array = randomBytes(SYNC_BYTES)) {
    this.#sink = sink;
    this.#sync = sync;
    sink.write(containerHeader({ schema: STREAM_SCHEMA, codec: 'null', sync }), 0);
  }

  get backlog(): number {
    return this.#block.size + this.#sink.backlog;
  }

  connection(source: ConnectionSource): void {
    const block = this.#block;
    if (!block.fits(1 + MAX_CONNECTION_BYTES)) this.push();
    block.bytes[block.end] = CONNECTION_INDEX;
    block.end = encodeConnection(block.bytes, block.end + 1, source);
    block.count++;
    if (source.u8[source.base + CONN.state] === STATE.closed) this.#connections++;
  }

  ledger(record: Ledger): void {
    const block = this.#block;
    if (!block.fits(1 + MAX_LEDGER_BYTES)) this.push();
    block.bytes[block.end] = LEDGER_INDEX;
    block.end = encodeLedger(block.bytes, block.end + 1, record);
    block.count++;
    this.push();
  }

  push(): void {
    const block = this.#block.take();
    if (block === null) return;
    this.#sink.write(plainBlock(block, this.#sync), this.#connections);
    this.#connections = 0;
  }
}
