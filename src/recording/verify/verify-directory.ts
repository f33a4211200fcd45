import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConntrailError } from '../../errors.js';
import { CHECKSUM_SUFFIX, type FileName, parseFileName } from '../../sinks/directory/file-name.js';
import { type FoundRecord, openContainer, unreadable } from './container-records.js';
import { OutputCheck } from './output-check.js';
import { addFault, emptyReport, type VerifyReport } from './report.js';

/** The files of one run of conntrail, of one record type, in order. */
type Series = { path: string; name: string; sequence: number }[];
interface Run {
  connection: Series;
  ledger: Series;
}

/**
 * An output directory: every run in it by itself, its files' checksums and ends, and the two series read side by side.
 *
 * @throws ConntrailError CONNTRAIL_IO when it cannot be read.
 */
export async function verifyDirectory(path: string): Promise<VerifyReport> {
  const report = emptyReport(path, 'directory');
  const runs = await findRuns(path, report);
  if (runs.size === 0) addFault(report, 'there is no output of conntrail in it');
  for (const [id, run] of runs) {
    const name = runs.size === 1 ? '' : `run ${id}`;
    const fault = (text: string): void => addFault(report, name === '' ? text : `${name}: ${text}`);
    for (const record of ['connection', 'ledger'] as const) checkSequence(run[record], record, fault);
    await checkRun(run, new OutputCheck(report, name), report);
  }
  return report;
}

async function findRuns(path: string, report: VerifyReport): Promise<Map<string, Run>> {
  const runs = new Map<string, Run>();
  for (const name of await list(path)) {
    const parts = parseFileName(name);
    if (parts === null) {
      const known = name.startsWith('.') || name === 'lost+found' || isChecksum(name);
      if (!known) addFault(report, `${JSON.stringify(name)} was not written by conntrail`);
      continue;
    }
    await add(runs, path, name, parts, report);
  }
  return runs;
}

async function add(
  runs: Map<string, Run>,
  path: string,
  name: string,
  parts: FileName,
  report: VerifyReport,
): Promise<void> {
  try {
    const file = await openContainer(join(path, name), name, (text) => addFault(report, text));
    const id = file.metadata('conntrail.run');
    // Opened again when its turn comes: a directory may hold more files than may be open at a time.
    await file.close();
    const run = runs.get(id) ?? { connection: [], ledger: [] };
    runs.set(id, run);
    run[parts.record].push({ path: file.path, name, sequence: parts.sequence });
  } catch (error) {
    if (!(error instanceof ConntrailError) || error.code === 'CONNTRAIL_IO') throw error;
    addFault(report, error.message);
  }
}

async function list(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function isChecksum(name: string): boolean {
  return name.endsWith(CHECKSUM_SUFFIX) && parseFileName(name.slice(0, -CHECKSUM_SUFFIX.length)) !== null;
}

function checkSequence(series: Series, record: string, fault: (text: string) => void): void {
  series.sort((a, b) => a.sequence - b.sequence);
  for (const [i, { sequence }] of series.entries()) {
    if (sequence === i + 1) continue;
    fault(`${record} file ${i + 1} of ${series.at(-1)!.sequence} is missing`);
    return;
  }
}

async function* recordsOf(series: Series, report: VerifyReport): AsyncGenerator<FoundRecord, void, undefined> {
  for (const { path, name } of series) {
    const file = await openContainer(path, name, (text) => addFault(report, text));
    yield* file.records();
  }
}

/** Walks both series side by side: a ledger record comes after the connections it numbers. */
async function checkRun(run: Run, check: OutputCheck, report: VerifyReport): Promise<void> {
  const connections = recordsOf(run.connection, report);
  let next = await connections.next();
  const take = async (until: number): Promise<void> => {
    for (
      ;
      !next.done && next.value.record === 'connection' && next.value.seq <= until;
      next = await connections.next()
    ) {
      check.connection(next.value.seq, next.value.closed);
    }
  };
  for await (const found of recordsOf(run.ledger, report)) {
    if (found.record !== 'ledger') continue;
    if (found.ledger.last_seq !== null) await take(found.ledger.last_seq);
    check.ledger(found.ledger);
  }
  await take(Number.POSITIVE_INFINITY);
  check.end();
}
