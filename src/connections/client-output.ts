import type { RecordIdentity } from '../encoding/record-identity.js';
import type { Client } from '../pipeline/client.js';
import { CountedPort } from '../pipeline/counted-port.js';
import type { ConnectionSource } from './connection-source.js';
import { CONNECTION } from './generated/connection-type.js';
import { CONN } from './layout.gen.js';
import { type ClientDeltas, DELTA_FIELDS, type RecordBatch, VERDICT } from './record-batch.js';

/** One client, and the port that its connection records go through. */
export class ClientOutput {
  readonly port: CountedPort<ConnectionSource>;
  readonly #source: ConnectionSource;

  constructor(
    readonly client: Client,
    /** Column of the connection table. */
    readonly column: number,
    { host, bootId, run }: RecordIdentity,
  ) {
    this.port = new CountedPort(CONNECTION, client.writer);
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
      run,
    };
  }

  /** Gives the client its records of a batch. */
  give(batch: RecordBatch, deltas: ClientDeltas, wallOffsetUs: number): void {
    const source = this.#source;
    const { port } = this;
    const { verdict, count } = batch;
    const { keep } = deltas;
    const units = batch.closed ? 1 : 0;
    source.u8 = batch.u8;
    source.u32 = batch.u32;
    source.delta = deltas.delta;
    source.wallOffsetUs = wallOffsetUs;
    for (let i = 0; i < count; i++) {
      if (verdict[i] !== VERDICT.keep || keep[i] === 0) continue;
      source.base = batch.base + i * CONN.size;
      source.d = i * DELTA_FIELDS;
      port.write(source, units);
    }
  }
}
