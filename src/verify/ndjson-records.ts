import type { RecordType } from '../encoding/record-type.js';
import { readRegularFile } from '../files/regular-file.js';
import { RECORD_TYPES } from '../records.gen.js';
import { type FoundRecord, found } from './found-record.js';
import { type Shape, shapeOf } from './json-shape.js';

/** Longest line that is looked at; no record is longer. */
const MAX_LINE_BYTES = Math.max(...RECORD_TYPES.map(({ mostJson }) => mostJson));
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
    const value = JSON.parse(decoder.decode(line)) as { record?: unknown };
    const known = SHAPES.get(value.record);
    return known?.is(value) === true ? found(known.type, value) : null;
  } catch {
    return null;
  }
}

/** Every record type by its name in a line. */
const SHAPES: ReadonlyMap<unknown, { type: RecordType; is: Shape }> = new Map(
  RECORD_TYPES.map((type) => [type.name, { type, is: shapeOf(type.schema, ['record']) }]),
);
