/** Sockets that end all at once, more than both buffers hold: what the shared ring has no room for waits, and nothing is lost. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { expectClosedLedger } from './support/ledger.js';
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
    const holder = spawn(`${CHECKOUT}build/test/conntrail-hold`, [String(CONNECTIONS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    holder.stdin.end();
    await once(holder, 'close');
    await sleep(500);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);
    const output = readOutput(observer.output);
    const { lost, dropped, causes } = expectClosedLedger(output);
    expect({ lost, dropped }, JSON.stringify(causes)).toEqual({ lost: 0, dropped: 0 });
    expect(output.connections.filter(({ state }) => state === 'closed')).toHaveLength(2 * CONNECTIONS);
  });
});
