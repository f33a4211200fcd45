import { randomBytes } from 'node:crypto';
import type { ConnectionSource } from '../connections/connection-source.js';
import { encodeConnection, MAX_CONNECTION_BYTES } from '../connections/generated/connection-encoder.js';
import { BlockBuilder, containerHeader, plainBlock, SYNC_BYTES, singleRecord } from '../encoding/container-writer.js';
import { STREAM_SCHEMA } from '../encoding/stream-schema.js';
import { CONN, STATE } from '../frames/layout.gen.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { encodeLedger, MAX_LEDGER_BYTES } from '../ledger/generated/ledger-encoder.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';
import { encodeOutput, MAX_OUTPUT_BYTES } from './generated/output-encoder.js';

/** Index of each record type in the union, as Avro writes it (zigzag). */
const CONNECTION_INDEX = 0;
const LEDGER_INDEX = 2;
const OUTPUT_INDEX = 4;

/** All record types as one Avro container stream: readable up to its last whole block at any time. */
export class AvroStreamWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #sync: Uint8Array;
  readonly #block = new BlockBuilder();
  #closed = 0;

  /** @param sync the container's sync marker; 16 random bytes unless a test gives them */
  constructor(sink: ByteSink, sync: Uint8Array = randomBytes(SYNC_BYTES)) {
    this.#sink = sink;
    this.#sync = sync;
    sink.attach({
      ledger: (record) => this.#single(1 + MAX_LEDGER_BYTES, LEDGER_INDEX, (out) => encodeLedger(out, 1, record)),
      output: (record) => this.#single(1 + MAX_OUTPUT_BYTES, OUTPUT_INDEX, (out) => encodeOutput(out, 1, record)),
    });
    sink.frame(containerHeader({ schema: STREAM_SCHEMA, codec: 'null', sync }));
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
    if (source.u8[source.base + CONN.state] === STATE.closed) this.#closed++;
  }

  ledger(record: Ledger): void {
    this.push();
    this.#sink.ledger(record);
  }

  push(): void {
    const block = this.#block.take();
    if (block === null) return;
    const counts = { connections: this.#closed, records: block.count, ledgers: 0 };
    this.#sink.write({ bytes: plainBlock(block, this.#sync), counts, ends: null });
    this.#closed = 0;
  }

  /** A block of one record of at most `most` bytes, its index included. */
  #single(most: number, index: number, encode: (out: Uint8Array) => number): Uint8Array {
    const record = new Uint8Array(most);
    record[0] = index;
    return plainBlock(singleRecord(record.subarray(0, encode(record))), this.#sync);
  }
}
