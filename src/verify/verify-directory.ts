import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { ConntrailError } from '../errors.js';
import { kindOf, unreadable } from '../files/regular-file.js';
import { CHECKSUM_SUFFIX, parseFileName } from '../sinks/directory/file-name.js';
import { openContainer } from './container-records.js';
import type { FoundRecord } from './found-record.js';
import { OutputCheck } from './output-check.js';
import { addFault, emptyReport, type VerifyReport } from './report.js';
import { checkPrevious, RunFiles } from './run-files.js';
import { openSeriesFile, type SeriesFile } from './series-file.js';

/**
 * An output directory: every run in it by itself, its files' names, headers, checksums and ends, what they say of each other, and the
 * series read side by side.
 *
 * @throws ConntrailError CONNTRAIL_IO when it cannot be read.
 */
export async function verifyDirectory(path: string): Promise<VerifyReport> {
  const report = emptyReport(path, 'directory');
  const runs = await findRuns(path, report);
  if (runs.size === 0) addFault(report, 'there is no output of conntrail in it');
  checkPrevious(runs, (text) => addFault(report, text));
  const named = [...runs].map(([id, run]) => ({ run, name: runs.size === 1 ? '' : `run ${id}` }));
  for (const { run, name } of named) run.check((text) => addFault(report, name === '' ? text : `${name}: ${text}`));
  for (const { run, name } of named) await checkRun(run, new OutputCheck(report, name), report);
  return report;
}

async function findRuns(path: string, report: VerifyReport): Promise<Map<string, RunFiles>> {
  const runs = new Map<string, RunFiles>();
  const fault = (text: string): void => addFault(report, text);
  const entries = await list(path);
  const names = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const { name } = entry;
    const container = name.endsWith(CHECKSUM_SUFFIX) ? name.slice(0, -CHECKSUM_SUFFIX.length) : name;
    if (parseFileName(container) === null) {
      const known = name.startsWith('.') || name === 'lost+found';
      if (!known) fault(`${JSON.stringify(name)} was not written by conntrail`);
    } else if (!entry.isFile()) fault(`${name} is ${kindOf(entry)}: conntrail did not write it`);
    else if (container !== name) {
      if (!names.has(container)) fault(`${container} is missing: its checksums are there`);
    } else await add(runs, path, name, fault);
  }
  return runs;
}

async function add(
  runs: Map<string, RunFiles>,
  path: string,
  name: string,
  fault: (text: string) => void,
): Promise<void> {
  try {
    const file = await openSeriesFile(path, name, fault);
    if (file === null) return;
    const run = runs.get(file.run) ?? new RunFiles(file.run);
    runs.set(file.run, run);
    run.add(file);
  } catch (error) {
    if (!(error instanceof ConntrailError) || error.code === 'CONNTRAIL_IO') throw error;
    fault(error.message);
  }
}

async function list(path: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function* recordsOf(
  series: readonly SeriesFile[],
  report: VerifyReport,
): AsyncGenerator<FoundRecord, void, undefined> {
  for (const { path, name, told } of series) {
    try {
      const file = await openContainer(path, name, (text) => addFault(report, text), { told });
      yield* file.records();
    } catch (error) {
      if (!(error instanceof ConntrailError) || error.code === 'CONNTRAIL_IO') throw error;
      addFault(report, error.message);
    }
  }
}

/** Walks the series side by side: a ledger record comes after the connections it numbers, and the output's account behind it. */
async function checkRun(run: RunFiles, check: OutputCheck, report: VerifyReport): Promise<void> {
  check.origin(run.host, run.bootId);
  const connections = recordsOf(run.of('connection'), report);
  let next = await connections.next();
  const take = async (until: number): Promise<void> => {
    while (!next.done && (next.value.record !== 'connection' || next.value.seq <= until)) {
      check.add(next.value);
      next = await connections.next();
    }
  };
  const outputs = recordsOf(run.of('output'), report);
  let account = await outputs.next();
  const takeAccounts = async (until: number): Promise<void> => {
    while (!account.done && (account.value.record !== 'output' || account.value.output.ledger_seq <= until)) {
      check.add(account.value);
      account = await outputs.next();
    }
  };
  for await (const found of recordsOf(run.of('ledger'), report)) {
    if (found.record === 'ledger' && found.ledger.last_seq !== null) await take(found.ledger.last_seq);
    check.add(found);
    await takeAccounts(found.seq);
  }
  await take(Number.POSITIVE_INFINITY);
  await takeAccounts(Number.POSITIVE_INFINITY);
  check.end();
}
