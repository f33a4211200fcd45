/** Sockets that end all at once, more than both buffers hold: what the shared ring has no room for waits, and nothing is lost. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { expectClosedLedger, unshown } from './support/ledger.js';
import { Observer } from './support/observe.js';
import { readOutput } from './support/output.js';

/** Two ends each: 10 MB of closes. */
const CONNECTIONS = 30_000;
const BUFFERS = ['--kernel-buffer', '2MiB', '--ring-size', '256KiB'];

beforeAll(() => void execFileSync('make', ['-s', '-C', `${CHECKOUT}test/live/cost`]));

test('a burst larger than the buffers', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--name', 'conntrail-hold', ...BUFFERS);
    // The reader comes first, as it does where there are more CPUs: what it does not get to while it waits for one would be lost.
    const holder = spawn('nice', ['-n', '19', `${CHECKOUT}build/test/conntrail-hold`, String(CONNECTIONS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    holder.stdin.end();
    await once(holder, 'close');
    await sleep(500);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);
    const output = readOutput(observer.output);
    const sums = expectClosedLedger(output);
    const { lost, dropped, causes } = sums;
    expect({ lost: lost - unshown(sums), dropped }, JSON.stringify(causes)).toEqual({ lost: 0, dropped: 0 });
    expect(output.connections.filter(({ state }) => state === 'closed')).toHaveLength(2 * CONNECTIONS);
  });
});
