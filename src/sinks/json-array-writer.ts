import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { RecordPort } from '../pipeline/record-writer.js';
import type { ByteSink } from './byte-sink.js';
import { ChunkWriter } from './chunk-writer.js';
import { ledgerLine, outputLine } from './ndjson-writer.js';

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const SPACE = 0x20;

/** One JSON array of all records, one record a line; a document only after `end`. */
export class JsonArrayWriter extends ChunkWriter {
  #begun = false;

  constructor(sink: ByteSink) {
    super(sink);
    sink.attach({
      ledger: (record) => separated(ledgerLine(record)),
      output: (record) => separated(outputLine(record)),
      // Whatever is the first to be written begins the array: chunks may be refused.
      place: (bytes) => {
        if (!this.#begun) bytes[0] = OPEN;
        this.#begun = true;
      },
    });
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const chunk = this.chunk;
    chunk.reserve(2 + type.mostJson);
    return {
      write: (source, units) => {
        const at = chunk.end;
        // Without the new line at its end.
        const end = type.json(chunk.bytes, at + 2, source) - 1;
        chunk.bytes[at] = COMMA;
        chunk.bytes[at + 1] = NEWLINE;
        chunk.end = end;
        chunk.ended(type.index, units);
        if (chunk.full) this.push();
      },
    };
  }

  /** Closes the array. */
  end(): void {
    this.push();
    this.sink.frame(Uint8Array.of(SPACE, NEWLINE, CLOSE, NEWLINE));
  }
}

/** `,` and a new line, then the record without its own end of line. */
function separated(line: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(line.byteLength + 1);
  bytes[0] = COMMA;
  bytes[1] = NEWLINE;
  bytes.set(line.subarray(0, -1), 2);
  return bytes;
}
