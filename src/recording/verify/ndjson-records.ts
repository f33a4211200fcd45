import type { Ledger } from '../../avro/generated/ledger.js';
import { readRegularFile } from '../../files/regular-file.js';
import type { FoundRecord } from './container-records.js';

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

function parse(line: Uint8Array): FoundRecord | null {
  try {
    const value = JSON.parse(decoder.decode(line)) as Partial<Record<string, unknown>>;
    const { record, host, boot_id: bootId, seq, state } = value;
    if (typeof seq !== 'number' || typeof host !== 'string' || typeof bootId !== 'string') return null;
    if (record === 'connection') return { record, host, bootId, seq, closed: state === 'closed' };
    return record === 'ledger' && isLedger(value) ? { record, host, bootId, ledger: value } : null;
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
