import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import type { RecordPort } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';
import { ChunkWriter } from './chunk-writer.js';
import type { Output as OutputRecord } from './generated/output.js';
import { OUTPUT } from './generated/output-type.js';

/** Every record as one line of JSON, with the names and values of the Avro schemas and `"record"` in front. */
export class NdjsonWriter extends ChunkWriter {
  constructor(sink: ByteSink) {
    super(sink);
    sink.attach({ ledger: ledgerLine, output: outputLine });
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const chunk = this.chunk;
    chunk.reserve(type.mostJson);
    return {
      write: (source, units) => {
        chunk.end = type.json(chunk.bytes, chunk.end, source);
        chunk.ended(type.index, units);
        if (chunk.full) this.push();
      },
    };
  }
}

const scratch = new Uint8Array(Math.max(LEDGER.mostJson, OUTPUT.mostJson));

/** The record as one line. */
export function ledgerLine(record: Ledger): Uint8Array {
  return scratch.slice(0, LEDGER.json(scratch, 0, record));
}

/** The record as one line. */
export function outputLine(record: OutputRecord): Uint8Array {
  return scratch.slice(0, OUTPUT.json(scratch, 0, record));
}
