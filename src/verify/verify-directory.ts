import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { ConntrailError } from '../errors.js';
import { kindOf, unreadable } from '../files/regular-file.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import { CHECKSUM_SUFFIX, parseFileName } from '../sinks/directory/file-name.js';
import { OUTPUT } from '../sinks/generated/output-type.js';
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

/** One series, read as far as somebody asks. */
class SeriesReader {
  readonly #records: AsyncGenerator<FoundRecord, void, undefined>;
  #next: IteratorResult<FoundRecord, void> | null = null;

  constructor(series: readonly SeriesFile[], report: VerifyReport) {
    this.#records = recordsOf(series, report);
  }

  /** Gives `take` all records up to and with the first for which `until` says that it goes further. */
  async read(until: (found: FoundRecord) => boolean, take: (found: FoundRecord) => void): Promise<void> {
    this.#next ??= await this.#records.next();
    while (!this.#next.done && until(this.#next.value)) {
      take(this.#next.value);
      this.#next = await this.#records.next();
    }
  }
}

/** Walks the series side by side: a ledger record comes after the records it numbers, and the output's account behind it. */
async function checkRun(run: RunFiles, check: OutputCheck, report: VerifyReport): Promise<void> {
  check.origin(run);
  if (run.accounts) check.expectAccounts();
  const add = (found: FoundRecord): void => check.add(found);
  const all = (): boolean => true;
  const series = new Map(
    run.records
      .filter((record) => record !== LEDGER.name && record !== OUTPUT.name)
      .map((record) => [record, new SeriesReader(run.of(record), report)]),
  );
  const outputs = new SeriesReader(run.of(OUTPUT.name), report);
  for await (const found of recordsOf(run.of(LEDGER.name), report)) {
    for (const { record, last_seq } of found.ledger?.accounts.flatMap((account) => account.series) ?? []) {
      if (last_seq !== null) await series.get(record)?.read(({ seq }) => seq <= last_seq, add);
    }
    check.add(found);
    await outputs.read(({ output }) => output === null || output.ledger_seq <= found.seq, add);
  }
  for (const reader of series.values()) await reader.read(all, add);
  await outputs.read(all, add);
  check.end();
}
