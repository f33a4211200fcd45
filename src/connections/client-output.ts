import { CONN } from '../frames/layout.gen.js';
import type { Client } from '../pipeline/client.js';
import type { ConnectionSource } from './connection-source.js';
import { type ClientDeltas, DELTA_FIELDS, type RecordBatch, VERDICT } from './record-batch.js';

/** One client and what it was given: the running number of its output, and counts for its ledger. */
export class ClientOutput {
  /** Last running number given. */
  seq = 0;
  /** Closed connections that the writer took, and those it refused. */
  written = 0;
  dropped = 0;
  /** Records of open connections that the writer took, and refused. */
  openWritten = 0;
  openDropped = 0;
  /** Why the writer refused the first one. */
  firstError: unknown;
  readonly #source: ConnectionSource;

  constructor(
    readonly client: Client,
    /** Column of the connection table. */
    readonly column: number,
    host: Uint8Array,
    bootId: Uint8Array,
  ) {
    const memory = new ArrayBuffer(0);
    this.#source = {
      u8: new Uint8Array(memory),
      u32: new Uint32Array(memory),
      base: 0,
      seq: 0,
      delta: new Float64Array(0),
      d: 0,
      wallOffsetUs: 0,
      host,
      bootId,
    };
  }

  /** Gives the client its records of a batch. */
  give(batch: RecordBatch, deltas: ClientDeltas, wallOffsetUs: number): void {
    const source = this.#source;
    const { writer } = this.client;
    const { verdict, count } = batch;
    const { keep } = deltas;
    source.u8 = batch.u8;
    source.u32 = batch.u32;
    source.delta = deltas.delta;
    source.wallOffsetUs = wallOffsetUs;
    let given = 0;
    let refused = 0;
    for (let i = 0; i < count; i++) {
      if (verdict[i] !== VERDICT.keep || keep[i] === 0) continue;
      source.base = batch.base + i * CONN.size;
      source.d = i * DELTA_FIELDS;
      source.seq = ++this.seq;
      given++;
      try {
        writer.connection(source);
      } catch (error) {
        // Its number is spent: the output shows a gap as large as the ledger's count.
        this.firstError ??= error;
        refused++;
      }
    }
    if (batch.closed) {
      this.written += given - refused;
      this.dropped += refused;
    } else {
      this.openWritten += given - refused;
      this.openDropped += refused;
    }
  }
}
