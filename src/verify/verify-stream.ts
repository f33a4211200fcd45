import { ConntrailError } from '../errors.js';
import { KEYS } from '../sinks/directory/run-links.js';
import { type FoundFile, openContainer } from './container-records.js';
import type { FoundRecord } from './found-record.js';
import { ndjsonRecords } from './ndjson-records.js';
import { OutputCheck } from './output-check.js';
import { addFault, countRecord, emptyReport, type VerifyReport } from './report.js';

/**
 * One file that holds a whole output: what `-o avro` or `-o ndjson` wrote. A single file of a directory's series holds one record type
 * only; of that, checksums, running numbers within it and what each record says of itself are checked: sums close over a whole output.
 *
 * @throws ConntrailError CONNTRAIL_IO when it cannot be read.
 */
export async function verifyStream(path: string, kind: 'avro' | 'ndjson'): Promise<VerifyReport> {
  const report = emptyReport(path, kind);
  const fault = (text: string): void => addFault(report, text);
  try {
    if (kind === 'ndjson') {
      await checkAll(ndjsonRecords(path, fault), report);
      return report;
    }
    const file = await openContainer(path, path, fault, { follow: true });
    if (file.metadata(KEYS.run) === null) await checkAll(file.records(), report);
    else await checkPart(file, report);
  } catch (error) {
    if (!(error instanceof ConntrailError) || error.code === 'CONNTRAIL_IO') throw error;
    fault(error.message);
  }
  return report;
}

type Records = ReturnType<FoundFile['records']>;

async function checkAll(records: Records, report: VerifyReport): Promise<void> {
  const check = new OutputCheck(report);
  for await (const found of records) {
    check.add(found);
  }
  check.end();
}

/** A file of a series may begin and end anywhere in its output. */
async function checkPart(file: FoundFile, report: VerifyReport): Promise<void> {
  let last: number | null = null;
  let foreign = false;
  let run: number | null = null;
  for await (const found of file.records()) {
    run ??= found.run;
    foreign ||= found.run !== run;
    foreign ||= found.host !== file.metadata(KEYS.host) || found.bootId !== file.metadata(KEYS.bootId);
    const [first, seq] = numbersOf(found);
    count(found, report);
    if (last !== null && first !== last + 1)
      addFault(report, `${found.record} seq ${first} follows ${last}: records are missing or out of order`);
    last = seq;
  }
  if (foreign) addFault(report, 'it holds records of another host, boot or run than its header says');
}

function count({ record, seq, units, wrong, ledger, output }: FoundRecord, report: VerifyReport): void {
  if (wrong !== null) addFault(report, `${record} seq ${seq}: ${wrong}`);
  if (ledger !== null) report.ledgers++;
  if (ledger !== null || output !== null) return;
  countRecord(report, record, units);
}

/** The first and the last running number that a record stands for. */
function numbersOf({ seq, ledger }: FoundRecord): [first: number, last: number] {
  return [seq - (ledger?.intervals ?? 1) + 1, seq];
}
