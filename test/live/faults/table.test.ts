/**
 * What each fault of an output costs: handed over = written + told as lost, to the record, whatever happens. docs/faults.md says in words
 * what is promised here in numbers.
 */
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { verify } from '../../../src/verify/verify.js';
import { lacksCommand, need } from '../../support/require.js';
import { onSmallDisk } from '../../support/small-disk.js';
import { COMMAND, inFolder } from '../support/checkout.js';
import {
  type Counts,
  countAvro,
  countDirectory,
  countNdjson,
  type Found,
  feeder,
  recordSession,
  runScript,
  type Told,
} from './feed.js';

/** One row of the table: all that was handed over is in the output or told as missing, and the output says the same of itself. */
function expectRow(told: Told, found: Found): void {
  expect(told.written, told.errors).toBe(found.connections);
  expect(told.written + told.lost + told.unread, told.errors).toBe(told.handed.connections);
  if (found.account !== null) expect(found.account.written).toEqual(found.before);
}

/** The account that ends an output of which the end could be written, of a run that was not ended by it. */
function expectAccount(expected: Counts, told: Told, { account }: Found): void {
  expect(told.handed).toEqual(expected);
  expect(account!.refused.connections, told.errors).toBe(told.lost);
  for (const kind of ['connections', 'records', 'ledgers'] as const) {
    expect(account!.written[kind] + account!.refused[kind], kind).toBe(expected[kind]);
  }
  expect(account!.refused.ledgers).toBe(0);
}

/** `strace` lets the named calls fail; the counts are each thread's own. */
const inject = (what: string, path = ''): string =>
  `strace -f -qq -o /dev/null ${path === '' ? '' : `-P '${path}'`} -e trace=${what.split(':')[0]} -e inject=${what}`;

const count = (output: 'ndjson' | 'avro', path: string): Found | Promise<Found> =>
  output === 'avro' ? countAvro(path) : countNdjson(path);

/** A folder with a recording in it, and what every output of it is handed. */
async function fed(
  intervals: number,
  perInterval: number,
  body: (paths: { folder: string; recording: string; to: string; out: string }, handed: Counts) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const paths = { folder, recording: join(folder, 'a.ctr'), to: join(folder, 'to'), out: join(folder, 'out') };
    await body(paths, await recordSession(paths.recording, intervals, perInterval));
  });
}

describe('no room (ENOSPC)', () => {
  test.for(['ndjson', 'avro'] as const)('standard output, %s', async (output, context) => {
    await fed(20, 503, async ({ folder, recording }) => {
      await onSmallDisk(context, join(folder, 'small'), 1021, async (mount) => {
        const path = join(mount, 'out');
        const told = runScript(`${feeder(recording, { output })} > '${path}'`);
        const found = await count(output, path);
        expectRow(told, found);
        expect(told.status).toBe(1);
        expect(told.lost).toBeGreaterThan(0);
        expect(told.errors).toMatch(/standard output failed \(ENOSPC\).*\[CONNTRAIL_IO\]/);
        if (output === 'ndjson') {
          const text = readFileSync(path);
          const torn = text.byteLength - text.lastIndexOf('\n') - 1;
          expect(/its last (\d+) bytes/.exec(told.errors)?.[1] ?? '0').toBe(String(torn));
        }
        truncateSync(path);
        expect(runScript(`${feeder(recording, { output, maxLoss: 0 })} > '${path}'`).status).toBe(6);
      });
    });
  });

  test('a device that takes nothing', async () => {
    await fed(3, 101, async ({ recording }) => {
      const told = runScript(`${feeder(recording, { output: 'ndjson' })} > /dev/full`);
      expect([told.status, told.written, told.lost]).toEqual([1, 0, told.handed.connections]);
    });
  });

  test('a directory, for good', async (context) => {
    await fed(50, 499, async ({ folder, recording }, handed) => {
      await onSmallDisk(context, join(folder, 'small'), 1021, async (to) => {
        const told = runScript(feeder(recording, { to }));
        const found = await countDirectory(to);
        expectRow(told, found);
        expect(told.handed).toEqual(handed);
        expect(told.status).toBe(1);
        expect(told.lost).toBeGreaterThan(0);
      });
    });
  });

  test('a directory, until there is room again: no ledger record is missing, and the output tells the rest', async (context) => {
    await fed(200, 199, async ({ folder, recording }, handed) => {
      await onSmallDisk(context, join(folder, 'small'), 1021, async (to) => {
        // Blocks are larger than what is left when the first one is refused; and it ends with the feeder.
        const room = `while kill -0 $feeder && [ $(stat -f -c %f '${to}') -gt 15 ]; do sleep .01; done; sleep .3; mount -o remount,size=64m '${to}'`;
        const told = runScript(
          `${feeder(recording, { to, pause: 40 })} & feeder=$!; (${room}) & wait $feeder; status=$?; wait; exit $status`,
        );
        const found = await countDirectory(to);
        expectRow(told, found);
        expectAccount(handed, told, found);
        expect(found.ledgers).toBe(handed.ledgers);
        expect(told.status).toBe(1);
        expect(told.lost).toBeGreaterThan(0);
        expect(await verify(to)).toMatchObject({ faults: [], refused: told.lost });
      });
    });
  });
});

describe('a disk that fails (EIO)', () => {
  beforeEach((context) => need(context, 'strace', lacksCommand('strace')));

  test('at a write of standard output', async () => {
    // An interval takes ten writes: this one is of connections.
    await fed(20, 503, async ({ recording, out }) => {
      const told = runScript(
        `: > '${out}'; ${inject('write:error=EIO:when=25+', out)} ${feeder(recording, { output: 'ndjson' })} > '${out}'`,
      );
      expectRow(told, countNdjson(out));
      expect([told.status, told.lost > 0]).toEqual([1, true]);
    });
  });

  test('at some writes into a directory', async () => {
    await fed(50, 499, async ({ recording, to }, handed) => {
      // Of connections and of ledger records in turn; strace counts by thread.
      const told = runScript(
        `export UV_THREADPOOL_SIZE=1; ${inject('pwrite64:error=EIO:when=10..14')} ${feeder(recording, { to, pause: 1 })}`,
      );
      const found = await countDirectory(to);
      expectRow(told, found);
      expectAccount(handed, told, found);
      expect([told.status, told.lost > 0]).toEqual([1, true]);
    });
  });

  test('at fsync: all of it is in the files, and that it may not outlast a power cut is told', async () => {
    await fed(20, 101, async ({ recording, to }, handed) => {
      // The first four are of names: of the new directory, and of the files as they are begun; strace counts by thread.
      const told = runScript(
        `export UV_THREADPOOL_SIZE=1; ${inject('fsync:error=EIO:when=5+')} ${feeder(recording, { to })}`,
      );
      const found = await countDirectory(to);
      expectRow(told, found);
      expectAccount(handed, told, found);
      expect([told.status, told.lost]).toEqual([1, 0]);
      expect(told.errors).toMatch(/\(EIO\).*\[CONNTRAIL_IO\]/);
    });
  });
});

describe('a reader', () => {
  test.each(['ndjson', 'avro'] as const)('that is slow, %s: what is left out is told in the output', async (output) => {
    // 16 MiB wait; a record takes about 900 bytes as text, 200 in Avro.
    await fed(40, output === 'avro' ? 6007 : 1501, async ({ recording, out }, handed) => {
      const script = `${feeder(recording, { output })} | (sleep 6; cat > '${out}'); exit \${PIPESTATUS[0]}`;
      const told = runScript(script);
      const found = await count(output, out);
      expectRow(told, found);
      expectAccount(handed, told, found);
      expect(found.ledgers).toBe(handed.ledgers);
      expect([told.status, told.lost > 0]).toEqual([1, true]);
      expect(told.errors).toMatch(/16 MiB behind.*\[CONNTRAIL_BEHIND\]/);
      expect(await verify(out)).toMatchObject({ faults: [], refused: told.lost, lost: told.lost });
    });
  });

  test('that is slow, with --max-loss: exit 6', async () => {
    await fed(40, 1009, async ({ recording }) => {
      const told = runScript(
        `${feeder(recording, { output: 'ndjson', maxLoss: 10 })} | (sleep 5; cat > /dev/null); exit \${PIPESTATUS[0]}`,
      );
      expect([told.status, told.lost > 10]).toEqual([6, true]);
    });
  });

  test('that goes away ends the run, exit 0; what it was given and what not is told', async () => {
    await fed(60, 997, async ({ recording, out }) => {
      const told = runScript(
        `${feeder(recording, { output: 'ndjson', pause: 5 })} | head -c 500000 > '${out}'; exit \${PIPESTATUS[0]}`,
      );
      const read = countNdjson(out).connections;
      expect([told.status, told.lost]).toEqual([0, 0]);
      expect(told.written + told.unread).toBe(told.handed.connections);
      // What a reader leaves behind in the pipe (64 KiB) nobody can know.
      expect(told.written).toBeGreaterThanOrEqual(read);
      expect(told.written - read).toBeLessThan((65_536 + 4096) / 500);
    });
  });

  test.each([
    ['goes away', `| head -c 100000 > /dev/null; exit \${PIPESTATUS[0]}`, 0],
    ['has no room', '> /dev/full', 1],
  ])('that %s is not the end of the directory beside it', async (_, end, status) => {
    await fed(40, 503, async ({ recording, to }, handed) => {
      const told = runScript(`${feeder(recording, { output: 'ndjson', to, pause: 2 })} ${end}`);
      const found = await countDirectory(to);
      expectRow(told, found);
      expectAccount(handed, told, found);
      expect(told).toMatchObject({ status, written: handed.connections });
      expect(told.errors).toMatch(/standard output takes no more; writing to .* goes on/);
      expect(told.errors).toMatch(/standard output: [\d,]+ written, [\d,]+ lost/);
      expect(await verify(to)).toMatchObject({ faults: [], lost: 0 });
    });
  });
});

test('a replay into a directory goes on, too, when nobody reads standard output any more', async () => {
  await fed(40, 503, async ({ recording, to }, handed) => {
    const replay = `'${COMMAND}' replay -o ndjson --port 1-65535 --to '${to}' '${recording}'`;
    const { status, errors } = runScript(`${replay} | head -n 1 > /dev/null; exit \${PIPESTATUS[0]}`);
    expect(status, errors).toBe(0);
    const { connections, records, ledgers, account } = await countDirectory(to);
    expect({ connections, records, ledgers }).toEqual(handed);
    // A replay waits, and has no account to give.
    expect(account).toBeNull();
    expect((await verify(to)).faults).toEqual([]);
  });
});

describe('a directory that is', () => {
  const when = (to: string, what: string): string =>
    `(until ls '${to}'/connection* 2>/dev/null | grep -q 000003.avro; do sleep .01; done; ${what}) &`;

  test('renamed: what is not in it is told', async () => {
    await fed(200, 199, async ({ recording, to, folder }, handed) => {
      const elsewhere = join(folder, 'elsewhere');
      const told = runScript(
        `${when(to, `mv '${to}' '${elsewhere}'`)} ${feeder(recording, { to, rotateSize: 65_536, pause: 20 })}`,
      );
      expectRow(told, await countDirectory(to, elsewhere));
      expect(told.handed).toEqual(handed);
      expect(told.status).toBe(1);
    });
  });

  test('removed: what was written before is counted as written, what came later is not', async () => {
    await fed(200, 199, async ({ recording, to, folder }, handed) => {
      // Links keep what was in it, and whatever was still written to its open files.
      const kept = join(folder, 'kept');
      // It stands still meanwhile: what it made in between would be in neither.
      const told = runScript(
        `${feeder(recording, { to, rotateSize: 65_536, pause: 20 })} & pid=$!; ` +
          `until ls '${to}'/connection* 2>/dev/null | grep -q 000003.avro; do sleep .01; done; ` +
          `kill -STOP $pid; sleep .2; cp -al '${to}' '${kept}'; rm -rf '${to}'; kill -CONT $pid; wait $pid`,
      );
      expectRow(told, await countDirectory(kept));
      expect(told.handed).toEqual(handed);
      expect([told.status, told.lost > 0]).toEqual([1, true]);
      // One line for the directory, however often it was tried, and at most one for a file that was taken from under it.
      expect(told.errors.match(/ was removed during the run.*\[CONNTRAIL_OUTPUT_MOVED\]/g)).toHaveLength(1);
      expect(told.errors.match(/\[CONNTRAIL_OUTPUT_MOVED\]/g)!.length).toBeLessThanOrEqual(2);
    });
  });
});

test('SIGSTOP for 10 s: nothing is lost at an output', async () => {
  await fed(200, 199, async ({ recording, to, out }, handed) => {
    const run = `${feeder(recording, { output: 'ndjson', to, pause: 40 })} > '${out}' & pid=$!`;
    const told = runScript(`${run}; sleep 2; kill -STOP $pid; sleep 10; kill -CONT $pid; wait $pid`);
    for (const found of [await countDirectory(to), countNdjson(out)]) {
      expectRow(told, found);
      expectAccount(handed, told, found);
    }
    expect([told.status, told.lost]).toEqual([0, 0]);
  });
});

test('SIGKILL, 50 times: what is there is whole, and what the outputs say of themselves is there', async () => {
  await fed(400, 199, async ({ recording, folder }) => {
    for (let i = 0; i < 50; i++) {
      const [to, out] = [join(folder, `to-${i}`), join(folder, `out-${i}`)];
      // After 20 ms, 31 ms, … of writing: into opening files, blocks, ledger records, rotation.
      const run = `${feeder(recording, { output: 'ndjson', to, pause: 1, rotateSize: 131_072 })} > '${out}' 2> '${out}.err' & pid=$!`;
      runScript(
        `${run}; until grep -q feeding '${out}.err'; do sleep .005; done; sleep ${(0.02 + i * 0.011).toFixed(3)}; kill -KILL $pid`,
      );
      const stream = countNdjson(out);
      if (stream.account !== null) expect(stream.account.written, `stream ${i}`).toEqual(stream.before);
      const directory = await countDirectory(to);
      for (const kind of ['connections', 'records', 'ledgers'] as const) {
        expect(directory[kind], `directory ${i}, ${kind}`).toBeGreaterThanOrEqual(directory.before[kind]);
      }
      expect([stream.account?.refused.records ?? 0, directory.account?.refused.records ?? 0]).toEqual([0, 0]);
      // Every fifth: verifying takes longer than writing did.
      for (const path of i % 5 === 0 ? [to, out] : []) {
        const { faults } = existsSync(path) ? await verify(path).catch(() => ({ faults: ['x'] })) : { faults: ['x'] };
        expect(faults, `${path} was cut short`).not.toEqual([]);
      }
    }
  });
});
