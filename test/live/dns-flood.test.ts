/**
 * Names that nobody asked for before, 50,000 a second: connections lose nothing, each message is told or counted, and memory does not grow with the
 * names.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { compare, report } from './support/comparison.js';
import { buildPrograms, PROGRAMS } from './support/dns/programs.js';
import { World } from './support/dns/world.js';
import { buildGenerator, runGenerator } from './support/generator.js';
import { expectClosedLedger, sumLedger, unshown } from './support/ledger.js';
import { Observer, run } from './support/observe.js';
import { readOutput } from './support/output.js';

/** Connections and datagrams beside it, for some ten seconds. */
const SMALL = { connections: 2003, exchanges: 2003, lanes: 1, rate: 400 };
const QUERIES = 150_000;
const PER_SECOND = 50_000;
/** It comes before all else: a load that waits for its turn is none. */
const FIRST = ['-n', '-19'];
/** The first ones fill what is bounded: the memory of names, buffers, the heap. */
const WARM_UP = 2;
const ROUNDS = 5;
/** Bytes: what a heap that is collected now and then may be above itself. */
const SLACK = 48 << 20;

beforeAll(() => {
  buildPrograms();
  buildGenerator();
});

function residentBytes(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return Number(pages) * 4096;
}

/** What is resident once the outputs have taken what stands in their queues: the least of two seconds. */
async function settledBytes(pid: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    least = Math.min(least, residentBytes(pid));
    await sleep(100);
  }
  return least;
}

interface Verified {
  readonly types: Readonly<Record<string, { records: number; units: number }>>;
  readonly lost: number;
  readonly faults: readonly string[];
}

/** One round of the load. Every question has its answer, or it throws. */
async function flood(world: World): Promise<{ sent: number; perSecond: number }> {
  const { stdout } = await world.run('nice', [
    ...FIRST,
    PROGRAMS.flood,
    '127.0.0.1',
    '53',
    `${QUERIES}`,
    `${PER_SECOND}`,
  ]);
  const [sent, answered, perSecond] = stdout.split(' ').map(Number);
  expect(answered).toBe(sent);
  return { sent: sent!, perSecond: perSecond! };
}

test('50,000 random names a second', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const files = join(folder, 'files');
    const world = await World.open();
    const options = ['--with', 'dns', '--records', 'connection', '--to', files, '--codec', 'null'];
    const observer = await Observer.start(folder, ...options);
    const traffic = runGenerator(join(folder, 'list'), { ...SMALL, scenario: 'loopback' });
    const resident: number[] = [];
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { sent, perSecond } = await flood(world);
      expect(sent).toBe(QUERIES);
      rates.push(perSecond);
      resident.push(await settledBytes(observer.pid));
    }
    const expected = await traffic;
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);

    const output = readOutput(observer.output);
    const all = expectClosedLedger(output);
    expect(all.lost + all.dropped + all.discarded, JSON.stringify(all)).toBe(unshown(all));
    expect(report(compare(expected, output.connections, false))).toBe('');

    const verified = await run('verify', '-o', 'json', files);
    const found = JSON.parse(verified.stdout.toString()) as Verified;
    expect(found.faults).toEqual([]);
    expect(verified.status).toBe(0);
    const sums = sumLedger(output.ledgers, 'dns');
    console.log(
      `${rates.join(', ')} queries/s; ${sums.attempted} messages at both ends, ${sums.lost + sums.dropped} lost (${JSON.stringify(sums.causes)}), ` +
        `${sums.discarded} discarded; resident ${resident.map((bytes) => `${bytes >> 20} MiB`).join(', ')}`,
    );
    // Query and answer, at the asker and at the server; others of the host may ask as well.
    expect(sums.attempted).toBeGreaterThanOrEqual(4 * QUERIES * ROUNDS);
    expect(sums.attempted).toBe(sums.emitted + sums.lost);
    expect(sums.pending + sums.resident).toBe(0);
    const { lost: gone, filtered, merged, selfTest, canary } = sums;
    expect(sums.attempted).toBe(gone + sums.dropped + sums.discarded + filtered + merged + selfTest + canary);
    // Standard output was to have connections only; the directory has the rest, and `verify` has closed its ledger.
    const { units } = found.types.dns!;
    expect(units).toBeGreaterThan(0);
    expect(units).toBeLessThanOrEqual(filtered);
    const settled = resident.slice(WARM_UP);
    expect(Math.max(...settled) - settled[0]!, `resident: ${resident}`).toBeLessThan(SLACK);
    await world.close();
  });
});
