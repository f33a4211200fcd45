import type { Connection } from '../connections/generated/connection.js';
import { CONNECTION_SCHEMA, LEDGER_SCHEMA, OUTPUT_SCHEMA } from '../encoding/generated/schemas.js';
import { readRegularFile } from '../files/regular-file.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { Output as OutputRecord } from '../sinks/generated/output.js';
import { type FoundRecord, foundConnection, foundLedger, foundOutput } from './found-record.js';
import { shapeOf } from './json-shape.js';

/** Longest line that is looked at; no record is longer. */
const MAX_LINE_BYTES = 1 << 16;
const NEWLINE = 0x0a;

/** The records of an NDJSON output; what is wrong is told to `fault`, and the records end there. */
export async function* ndjsonRecords(
  path: string,
  fault: (text: string) => void,
): AsyncGenerator<FoundRecord, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  const refuse = (): void => fault(`line ${number} of ${path} is not a record of conntrail`);
  for await (const chunk of readRegularFile(path, { follow: true })) {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      number++;
      const record = parse(bytes.subarray(from, end));
      if (record === null) return refuse();
      yield record;
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.byteLength > MAX_LINE_BYTES) {
      number++;
      return refuse();
    }
  }
  if (rest.byteLength > 0) fault(`${path} was cut short within line ${number + 1}`);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null when the line is no record: not UTF-8, not JSON, or not of this shape. Times are strings in it. */
function parse(line: Uint8Array): FoundRecord | null {
  try {
    const value = JSON.parse(decoder.decode(line)) as { record?: string };
    const { record } = value;
    if (record === 'connection' && isConnection(value)) return foundConnection(value as unknown as Connection);
    if (record === 'output' && isOutput(value)) return foundOutput(value as unknown as OutputRecord);
    return record === 'ledger' && isLedger(value) ? foundLedger(value as unknown as Ledger) : null;
  } catch {
    return null;
  }
}

const isConnection = shapeOf(CONNECTION_SCHEMA, ['record']);
const isLedger = shapeOf(LEDGER_SCHEMA, ['record']);
const isOutput = shapeOf(OUTPUT_SCHEMA, ['record']);
