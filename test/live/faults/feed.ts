/** Feeds a known number of connections through the command's outputs, in a shell where things go wrong. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import { RecordingWriter } from '../../../src/recording/recording-writer.js';
import { HEADER } from '../../recording/helpers.js';
import { session } from '../../recording/session.js';
import { CHECKOUT } from '../support/checkout.js';
import { unbroken } from '../support/sums.js';

const FEEDER = `${CHECKOUT}test/live/faults/feeder.mjs`;

export interface FeedOptions {
  output?: 'ndjson' | 'json' | 'avro' | 'table';
  to?: string;
  rotateSize?: number;
  /** ms after each block of the recording. */
  pause?: number;
  maxLoss?: number;
}

/** Records, by kind: closed connections, all connection records, intervals of ledger records. */
export interface Counts {
  connections: number;
  records: number;
  ledgers: number;
}

/** Writes the recording of a session; returns what every output of it is handed. */
export async function recordSession(path: string, intervals: number, perInterval: number): Promise<Counts> {
  const recording = await RecordingWriter.create(path, HEADER);
  for (const frame of session({ intervals, perInterval })) {
    recording.frame(frame);
    while (recording.busy) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await recording.close();
  return { connections: intervals * perInterval, records: intervals * (perInterval + 1), ledgers: intervals };
}

/** The feeder as a shell word sequence. */
export function feeder(recording: string, options: FeedOptions): string {
  return `'${process.execPath}' '${FEEDER}' '${recording}' '${JSON.stringify(options)}'`;
}

export interface Told {
  status: number;
  errors: string;
  /** What the first output was handed, counted before it. */
  handed: Counts;
  /** Closed connections, as the sums on standard error have them, of the first output. */
  written: number;
  lost: number;
  unread: number;
}

const SCRIPT_SECONDS = 300;

/** Runs a bash script whose last status is the feeder's (pipefail aside, `exit ${PIPESTATUS[0]}` is for pipes), and reads its sums. */
export function runScript(script: string): Told {
  // All that the script began ends with it: whoever holds its standard error would be waited for.
  const limit = ['--kill-after=5', `${SCRIPT_SECONDS}`, 'bash', '-c', script];
  const { status, stderr } = spawnSync('timeout', limit, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return told(status ?? -1, stderr);
}

export function told(status: number, errors: string): Told {
  const sums = /^.* connections closed in .*$/m.exec(unbroken(errors))?.[0] ?? '';
  const number = (pattern: RegExp): number => Number((pattern.exec(sums)?.[1] ?? '0').replaceAll(',', ''));
  return {
    status,
    errors,
    handed: JSON.parse(/^handed (.*)$/m.exec(errors)?.[1] ?? 'null') as Counts,
    written: number(/: ([\d,]+) written/),
    lost: number(/ ([\d,]+) lost/),
    unread: number(/ ([\d,]+) after its reader had gone/),
  };
}

interface Entry {
  record: string;
  state?: string;
  intervals?: number;
  series?: { record: string; written: SeriesCount; refused: SeriesCount }[];
}

interface SeriesCount {
  records: number;
  units: number;
}

export interface Found extends Counts {
  /** The last account in the output, and what stood before it. */
  account: { written: Counts; refused: Counts } | null;
  before: Counts;
}

/** Counts the whole records of an NDJSON output, torn last line or not. */
export function countNdjson(path: string): Found {
  const text = readFileSync(path, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return count(lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry));
}

/** The same of an Avro stream, up to its last whole block. */
export async function countAvro(path: string): Promise<Found> {
  const entries = (await readAvro(path)) as Record<string, Omit<Entry, 'record'>>[];
  return count(
    entries.map((entry) => {
      const [name, value] = Object.entries(entry)[0]!;
      return { ...value, record: name.replace('conntrail.', '').toLowerCase() };
    }),
  );
}

/** The same of a directory: its accounts stand in a series of their own, so that `before` is all that they tell of. */
export async function countDirectory(...directories: string[]): Promise<Found> {
  const all: Record<string, Entry[]> = { connection: [], ledger: [], output: [] };
  const names = directories
    .filter(existsSync)
    .flatMap((directory) => readdirSync(directory).map((name) => ({ directory, name })));
  for (const { directory, name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!name.endsWith('.avro')) continue;
    const record = name.split('-')[0]!;
    for (const entry of (await readAvro(join(directory, name))) as Entry[]) all[record]!.push({ ...entry, record });
  }
  const found = count([...all.connection!, ...all.ledger!, ...all.output!]);
  return { ...found, before: found.account?.written ?? found.before };
}

function count(entries: Entry[]): Found {
  const found: Found = { connections: 0, records: 0, ledgers: 0, account: null, before: nothing() };
  for (const { record, state, intervals, series } of entries) {
    if (record === 'connection') {
      found.records++;
      if (state === 'closed') found.connections++;
    } else if (record === 'ledger') found.ledgers += intervals!;
    else {
      const { connections, records, ledgers } = found;
      found.account = { written: countsOf(series!, 'written'), refused: countsOf(series!, 'refused') };
      found.before = { connections, records, ledgers };
    }
  }
  return found;
}

/** What an output record tells, in the words of these tests. */
function countsOf(series: NonNullable<Entry['series']>, of: 'written' | 'refused'): Counts {
  const count = (name: string): SeriesCount =>
    series.find(({ record }) => record === name)?.[of] ?? { records: 0, units: 0 };
  const { records, units } = count('connection');
  return { connections: units, records, ledgers: count('ledger').records };
}

const nothing = (): Counts => ({ connections: 0, records: 0, ledgers: 0 });

/** Whole blocks only: what was being written when the end came is not read. */
function readAvro(path: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    const records: unknown[] = [];
    avro
      .createFileDecoder(path)
      .on('data', (record: unknown) => records.push(record))
      .on('end', () => resolve(records))
      .on('error', () => resolve(records));
  });
}
