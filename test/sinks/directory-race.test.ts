/** Somebody who may rename an output directory and put a link in its place, all the time. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verify } from '../../src/verify/verify.js';
import { temporaryFolder } from '../recording/helpers.js';
import { need } from '../support/require.js';
import { compileScript, TRACED_MS } from '../support/traced-script.js';

const MODULES = {
  DirectorySink: 'src/sinks/directory/directory-sink.ts',
  connectionLedger: 'test/support/ledgers.ts',
  connectionsTo: 'test/sinks/sources.ts',
  source: 'test/sinks/sources.ts',
};
const INTERVALS = 30;
const BODY = `
  const sink = await DirectorySink.open('out', { codec: 'null', rotateSize: 1, rotateEvery: 3_600_000, accounts: false });
  const connection = connectionsTo(sink);
  console.log('open');
  for (let seq = 1; seq <= ${INTERVALS}; seq++) {
    connection(source({ cookie: seq }, seq));
    sink.ledger(connectionLedger(seq, seq, seq));
    await sink.idle();
  }
  await sink.finish();
  console.log(JSON.stringify({ written: sink.written.units, dropped: sink.refused.units }));`;
const SWAP = 'while :; do mv out kept; ln -s trap out; rm out; mv kept out; done';

/** Runs the script, swapped under all the time: what it says, and what is found in its directory. */
async function race(
  folder: string,
  command: string,
  args: readonly string[],
): Promise<{ written: number; dropped: number; found: number }> {
  mkdirSync(join(folder, 'trap'));
  const run = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let swapper: ReturnType<typeof spawn> | null = null;
  run.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    swapper ??= spawn('sh', ['-c', SWAP], { cwd: folder, stdio: 'ignore', detached: true });
  });
  try {
    const [status] = await once(run, 'close');
    expect(status).toBe(0);
  } finally {
    const ended = swapper as ReturnType<typeof spawn> | null;
    // What it has just begun goes with it: the directory must not move on while it is looked at.
    if (ended?.pid !== undefined) process.kill(-ended.pid, 'SIGKILL');
    if (ended !== null) await once(ended, 'close');
  }
  const sums = JSON.parse(text.split('\n')[1]!) as { written: number; dropped: number };
  const { records } = await verify(join(folder, existsSync(join(folder, 'kept')) ? 'kept' : 'out'));
  return { ...sums, found: records };
}

test('every file is made in the directory, and nothing where the link leads', {
  timeout: TRACED_MS,
}, async (context) => {
  need(context, 'live', process.platform === 'linux' ? null : 'a directory that is held has a path only on Linux');
  const folder = temporaryFolder();
  const sums = await race(folder, process.execPath, [compileScript(MODULES, BODY)]);
  expect(sums).toEqual({ written: INTERVALS, dropped: 0, found: INTERVALS });
  expect(readdirSync(join(folder, 'trap'))).toEqual([]);
});

test('without /proc what is not made in the directory is dropped, counted, and nothing is written elsewhere', {
  timeout: TRACED_MS,
}, async (context) => {
  need(context, 'live', lacksUnshare());
  const folder = temporaryFolder();
  const hidden = `umount -l /proc && exec ${process.execPath} ${compileScript(MODULES, BODY)}`;
  const { written, dropped, found } = await race(folder, 'unshare', ['-m', 'sh', '-c', hidden]);
  expect(written + dropped).toBe(INTERVALS);
  for (const name of readdirSync(join(folder, 'trap'))) expect(statSync(join(folder, 'trap', name)).size, name).toBe(0);
  expect(found).toBe(written);
});

function lacksUnshare(): string | null {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'hiding /proc needs a mount namespace (run as root)';
  }
}
