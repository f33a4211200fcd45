import { createReadStream } from 'node:fs';
import type { Ledger } from '../../avro/generated/ledger.js';
import { type FoundRecord, unreadable } from './container-records.js';

/** Longest line that is looked at; no record is longer. */
const MAX_LINE_BYTES = 1 << 16;

/** The records of an NDJSON output; what is wrong is told to `fault`, and the records end there. */
export async function* ndjsonRecords(
  path: string,
  fault: (text: string) => void,
): AsyncGenerator<FoundRecord, void, undefined> {
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of createReadStream(path, {
      encoding: 'utf8',
      highWaterMark: 1 << 18,
    }) as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        number++;
        const record = parse(line);
        if (record === null) return fault(`line ${number} of ${path} is not a record of conntrail`);
        yield record;
      }
      if (rest.length > MAX_LINE_BYTES) return fault(`line ${number + 1} of ${path} is not a record of conntrail`);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (rest !== '') fault(`${path} was cut short within line ${number + 1}`);
}

function parse(line: string): FoundRecord | null {
  try {
    const value = JSON.parse(line) as { record?: unknown; seq?: unknown; state?: unknown };
    if (typeof value.seq !== 'number') return null;
    if (value.record === 'connection')
      return { record: 'connection', seq: value.seq, closed: value.state === 'closed' };
    return value.record === 'ledger' && isLedger(value) ? { record: 'ledger', ledger: value } : null;
  } catch {
    return null;
  }
}

/** Times are strings in NDJSON; no check looks at them. */
function isLedger(value: object): value is Ledger {
  const { kernel, reader, ring, pipeline, sink } = value as Partial<Ledger>;
  return [kernel, kernel?.lost, reader, ring, pipeline, sink].every(
    (part) => typeof part === 'object' && part !== null,
  );
}
