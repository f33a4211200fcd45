import { randomBytes } from 'node:crypto';
import { BlockBuilder, containerHeader, plainBlock, SYNC_BYTES } from '../encoding/container-writer.js';
import type { RecordSource, RecordType } from '../encoding/record-type.js';
import { streamSchema } from '../encoding/stream-schema.js';
import { putLong } from '../encoding/varint.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';
import { RECORD_TYPES, STREAM_SCHEMA } from '../records.gen.js';
import type { ByteSink } from './byte-sink.js';
import { OUTPUT } from './generated/output-type.js';
import { SeriesCounts } from './series-counts.js';
import { singleBlock } from './single-record.js';

/** Most bytes of the index of a record's type in front of it. */
const INDEX_BYTES = 2;

export interface AvroStreamOptions {
  /** The container's sync marker; 16 random bytes unless a test gives them. */
  sync?: Uint8Array;
  /** The types that the stream's schema is a union of; all there are by default. */
  types?: readonly RecordType[];
}

/** All record types as one Avro container stream: readable up to its last whole block at any time. */
export class AvroStreamWriter implements RecordWriter {
  readonly #sink: ByteSink;
  readonly #sync: Uint8Array;
  readonly #types: readonly RecordType[];
  readonly #block = new BlockBuilder();
  #counts = new SeriesCounts();

  constructor(sink: ByteSink, { sync = randomBytes(SYNC_BYTES), types = RECORD_TYPES }: AvroStreamOptions = {}) {
    this.#sink = sink;
    this.#sync = sync;
    this.#types = types;
    sink.attach({
      ledger: (record) => this.#single(LEDGER, record),
      output: (record) => this.#single(OUTPUT, record),
    });
    const schema = types === RECORD_TYPES ? STREAM_SCHEMA : streamSchema(types);
    sink.frame(containerHeader({ schema, codec: 'null', sync }));
  }

  get backlog(): number {
    return this.#block.size + this.#sink.backlog;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    const branch = this.#branch(type);
    if (branch < 0) return null;
    const block = this.#block;
    const most = INDEX_BYTES + type.most;
    return {
      write: (source, units) => {
        if (!block.fits(most)) this.push();
        block.end = type.encode(block.bytes, putLong(block.bytes, block.end, branch, 0), source);
        block.count++;
        this.#counts.note(type.index, 1, units);
      },
    };
  }

  ledger(record: Ledger): void {
    this.push();
    this.#sink.ledger(record);
  }

  push(): void {
    const block = this.#block.take();
    if (block === null) return;
    const counts = this.#counts;
    this.#counts = new SeriesCounts();
    this.#sink.write({ bytes: plainBlock(block, this.#sync), counts, marks: null });
  }

  #branch({ name }: { name: string }): number {
    return this.#types.findIndex((type) => type.name === name);
  }

  /** A block of one record, the index of its type in front. */
  #single<S extends RecordSource>(type: RecordType<S>, record: S): Uint8Array {
    return plainBlock(singleBlock(type, record, this.#branch(type)), this.#sync);
  }
}
