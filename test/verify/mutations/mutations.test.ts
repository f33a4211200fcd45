/**
 * Damages real outputs in every way there is a name for, and holds docs/verification.md against what `verify` finds; with
 * CONNTRAIL_UPDATE_DOCS it writes the tables.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verify } from '../../../src/verify/verify.js';
import { temporaryFolder } from '../../recording/helpers.js';
import { directory, type Output, SAMPLE, streams } from './base.js';
import { DIRECTORY_KINDS } from './directory-kinds.js';
import { changed, leavesOf } from './field-kinds.js';
import { type Found, type Kind, randomOf } from './kind.js';
import { recordingKinds } from './recording-kinds.js';
import { AVRO_KINDS, blocksOf, linesOf, NDJSON_KINDS } from './stream-kinds.js';
import { WorkTree } from './work-tree.js';

const DOC = new URL('../../../docs/verification.md', import.meta.url);
/** Draws that make no damage are repeated, up to so many times the tries. */
const DRAWS = 20;

/** Records in which one value is changed, of those that have it. */
const VALUES = 24;
/** Prime, so that they come from all over the output. */
const STRIDE = 37;

interface Tally {
  tried: number;
  found: number;
  /** What was found of kinds of which nothing should be, and the other way round. */
  examples: string[];
}

function verdict({ tried, found }: Tally): Found {
  return found === 0 ? 'none' : found === tried ? 'all' : 'some';
}

/** Tries every kind; the damaged output is shown to `place`, which says where it lies. */
async function tryAll<T>(output: T, kinds: readonly Kind<T>[], place: (damaged: T) => string): Promise<string[]> {
  const rows: string[] = [];
  for (const [number, kind] of kinds.entries()) {
    const random = randomOf(1 + number);
    const tally: Tally = { tried: 0, found: 0, examples: [] };
    for (let draw = 0; tally.tried < kind.tries && draw < DRAWS * kind.tries; draw++) {
      const damaged = kind.damage(output, random);
      if (damaged === null) continue;
      tally.tried++;
      const faults = await faultsOf(place(damaged));
      if (faults.length > 0) tally.found++;
      tally.examples.push(faults[0] ?? 'nothing');
    }
    expect(tally.tried, kind.title).toBe(kind.tries);
    expect(verdict(tally), `${kind.title}: ${tally.found} of ${tally.tried}, ${tally.examples.join('; ')}`).toBe(
      kind.found,
    );
    rows.push(`| ${kind.title} | ${kind.found} |`);
  }
  return rows;
}

/** A refusal with a code is a finding too. */
async function faultsOf(path: string): Promise<string[]> {
  return await verify(path).then(
    ({ faults }) => faults,
    (error: { code?: string; message: string }) => {
      if (!error.code?.startsWith('CONNTRAIL_')) throw error;
      return [error.message];
    },
  );
}

/** Holds the rows against those of the table under a heading of the document. */
function expectTable(heading: string, rows: readonly string[]): void {
  const text = readFileSync(DOC, 'utf8');
  const from = text.indexOf('\n', text.indexOf('|---|', text.indexOf(`## ${heading}\n`))) + 1;
  const shown = /^(?:\| .*\n)*/.exec(text.slice(from))![0];
  const current = rows.map((row) => `${row}\n`).join('');
  if (process.env.CONNTRAIL_UPDATE_DOCS !== undefined)
    writeFileSync(DOC, text.slice(0, from) + current + text.slice(from + shown.length));
  else expect(shown.split('\n')).toEqual(current.split('\n'));
}

function tries(kinds: readonly Kind<never>[]): number {
  return kinds.reduce((sum, kind) => sum + kind.tries, 0);
}

test('a thousand in all', () => {
  expect(tries([...DIRECTORY_KINDS, ...NDJSON_KINDS, ...AVRO_KINDS] as Kind<never>[])).toBeGreaterThanOrEqual(1000);
});

test('directories', { timeout: 300_000 }, async () => {
  const folder = temporaryFolder();
  const output = await directory(join(folder, 'real'));
  const work = new WorkTree(join(folder, 'work'));
  const place = ({ tree }: Output): string => {
    work.show(tree);
    return work.path;
  };
  expect(await faultsOf(place(output))).toEqual([]);
  expectTable('Directories', await tryAll(output, DIRECTORY_KINDS, place));
  expect(await faultsOf(place(output))).toEqual([]);
});

function placer(name: string): (pieces: readonly Buffer[]) => string {
  const path = join(temporaryFolder(), name);
  return (pieces) => {
    writeFileSync(path, Buffer.concat(pieces as Buffer[]));
    return path;
  };
}

test('lines', { timeout: 300_000 }, async () => {
  const lines = linesOf((await streams()).ndjson);
  const place = placer('a.ndjson');
  expect(await faultsOf(place(lines))).toEqual([]);
  expectTable('NDJSON streams', await tryAll(lines, NDJSON_KINDS, place));
});

test('Avro streams', { timeout: 300_000 }, async () => {
  const blocks = blocksOf((await streams()).avro, Buffer.alloc(16, 0xa5));
  const place = placer('a.avro');
  expect(await faultsOf(place(blocks))).toEqual([]);
  expectTable('Avro streams', await tryAll(blocks, AVRO_KINDS, place));
});

test('recordings', { timeout: 300_000 }, async () => {
  const pieces = [readFileSync(SAMPLE)];
  const place = placer('a.ctr');
  expect(await faultsOf(place(pieces))).toEqual([]);
  expectTable('Recordings', await tryAll(pieces, recordingKinds(pieces[0]!), place));
});

test('each value of a stream by itself', { timeout: 300_000 }, async () => {
  const lines = linesOf((await streams()).ndjson);
  const records = lines.map((line) => JSON.parse(line.toString()) as Record<string, unknown>);
  const place = placer('a.ndjson');
  const tallies = new Map<string, Tally>();
  const random = randomOf(99);
  for (const kind of ['connection', 'ledger']) {
    const ours = records.flatMap((record, i) => (record.record === kind ? [{ record, i }] : []));
    for (const path of new Set(ours.flatMap(({ record }) => leavesOf(record)))) {
      const holders = ours.filter(({ record }) => leavesOf(record).includes(path));
      const tally: Tally = { tried: 0, found: 0, examples: [] };
      const from = random(holders.length);
      for (let draw = 0; tally.tried < VALUES && draw < holders.length; draw++) {
        const { record, i } = holders[(from + draw * STRIDE) % holders.length]!;
        const other = changed(record, path, random);
        if (other === null) continue;
        tally.tried++;
        const faults = await faultsOf(place(lines.with(i, Buffer.from(`${JSON.stringify(other)}\n`))));
        if (faults.length > 0) tally.found++;
      }
      tallies.set(`${kind}.${path}`, tally);
    }
  }
  const lists = (found: Found) =>
    ['connection', 'ledger'].map((kind) => {
      const names = [...tallies].filter(([path, tally]) => path.startsWith(`${kind}.`) && verdict(tally) === found);
      const shown = names.map(([path]) => `\`${path.slice(kind.length + 1).replaceAll(/\.\d+/g, '[]')}\``);
      return `| ${kind}: ${[...new Set(shown)].join(', ')} | ${found} |`;
    });
  expectTable('One value of a stream', [...lists('all'), ...lists('some'), ...lists('none')]);
});
