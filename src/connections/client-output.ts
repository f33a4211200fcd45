import type { RecordIdentity } from '../encoding/record-identity.js';
import type { ClientPorts } from '../pipeline/client-ports.js';
import type { RecordPort } from '../pipeline/record-writer.js';
import type { ConnectionSource } from './connection-source.js';
import { CONNECTION } from './generated/connection-type.js';
import { CONN } from './layout.gen.js';
import { type ClientDeltas, DELTA_FIELDS, NO_JOIN, type RecordBatch, VERDICT } from './record-batch.js';

/** One client, and the port that its connection records go through. */
export class ClientOutput {
  readonly #port: RecordPort<ConnectionSource>;
  readonly #source: ConnectionSource;

  /** @param column of the connection table */
  constructor(
    ports: ClientPorts,
    readonly column: number,
    identity: RecordIdentity,
  ) {
    this.#port = ports.port(CONNECTION);
    const memory = new ArrayBuffer(0);
    this.#source = {
      ...identity,
      u8: new Uint8Array(memory),
      u32: new Uint32Array(memory),
      base: 0,
      seq: 0,
      delta: new Float64Array(0),
      d: 0,
      wallOffsetUs: 0,
      joins: [],
      place: 0,
      localNames: NO_JOIN,
      remoteNames: NO_JOIN,
    };
  }

  /** Gives the client its records of a batch. */
  give(batch: RecordBatch, deltas: ClientDeltas, wallOffsetUs: number): void {
    const source = this.#source;
    const port = this.#port;
    const { verdict, count } = batch;
    const { keep } = deltas;
    const units = batch.closed ? 1 : 0;
    source.u8 = batch.u8;
    source.u32 = batch.u32;
    source.delta = deltas.delta;
    source.wallOffsetUs = wallOffsetUs;
    source.joins = batch.joins;
    source.localNames = batch.localNames;
    source.remoteNames = batch.remoteNames;
    for (let i = 0; i < count; i++) {
      if (verdict[i] !== VERDICT.keep || keep[i] === 0) continue;
      source.base = batch.base + i * CONN.size;
      source.d = i * DELTA_FIELDS;
      source.place = i;
      port.write(source, units);
    }
  }
}
