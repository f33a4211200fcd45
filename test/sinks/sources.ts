import type { ConnectionSource } from '../../src/connections/connection-source.js';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import { CONN, STATE } from '../../src/connections/layout.gen.js';
import { NO_JOIN } from '../../src/connections/record-batch.js';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';
import { type ConnFields, conn } from '../support/frames.js';

/** 2026-11-20 08:12:03 UTC is this much after the boot clock's zero, in µs. */
export const WALL_OFFSET_US = 1_795_162_323_000_000;

/** A connection record as the pipeline hands it to a writer. */
export function source(fields: ConnFields = {}, seq = 1): ConnectionSource {
  const u8 = conn(fields);
  return {
    u8,
    u32: new Uint32Array(u8.buffer),
    base: 0,
    seq,
    delta: Float64Array.of(0, 0, 0, 0, 0, 1, 1),
    d: 0,
    wallOffsetUs: WALL_OFFSET_US,
    joins: [],
    localNames: NO_JOIN,
    remoteNames: NO_JOIN,
    place: 0,
    host: new TextEncoder().encode('testhost'),
    bootId: new TextEncoder().encode('0b7c1f0e-8a34-4d7c-9f51-b0c6a3c1a001'),
    run: 81_000_000,
  };
}

/** Gives a writer connection records, as the pipeline does. */
export function connectionsTo(writer: RecordWriter): (source: ConnectionSource) => void {
  const port = writer.port(CONNECTION)!;
  return (record) => port.write(record, record.u8[record.base + CONN.state] === STATE.closed ? 1 : 0);
}
