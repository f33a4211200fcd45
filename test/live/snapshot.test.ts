/**
 * Open connections appear, each exactly once while nothing changes, when there are more of them than tcp_slots has slots: those of a block, those whose
 * slot was taken, and those that need a further read of the iterator alike.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { Observer } from './support/observe.js';
import { readOutput } from './support/output.js';

/** Two ends each. */
const CONNECTIONS = 10_000;
/** ms: two snapshots at the interval of 1 s, with some left. */
const SNAPSHOTS_MS = 3000;
const SOON = { timeout: 30_000, interval: 500 };
/** A closing burst must find room in both rings: this test is not about loss. */
const ROOM = ['--kernel-buffer', '16MiB', '--ring-size', '16MiB'];

beforeAll(() => void execFileSync('make', ['-s', '-C', `${CHECKOUT}test/live/cost`]));

test('more open connections than slots: every end is shown once, then closed once', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--name', 'conntrail-hold', ...ROOM);
    const holder = spawn(`${CHECKOUT}build/test/conntrail-hold`, [String(CONNECTIONS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    // As many lines as there are ends; whatever came more than once has its time to come, too.
    await expect
      .poll(() => readFileSync(observer.output, 'utf8').split('"state":"open"').length - 1, SOON)
      .toBeGreaterThanOrEqual(2 * CONNECTIONS);
    await sleep(SNAPSHOTS_MS);
    holder.stdin.end();
    await once(holder, 'close');
    await sleep(500);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);

    const identity = ({ cookie, generation }: { cookie: number; generation: number }) => `${cookie}/${generation}`;
    const shown = new Map<string, number>();
    const closed = new Map<string, number>();
    for (const line of readOutput(observer.output).connections) {
      const ends = line.state === 'open' ? shown : closed;
      ends.set(identity(line), (ends.get(identity(line)) ?? 0) + line.delta.received_bytes! + line.delta.sent_bytes);
    }
    expect(shown.size).toBe(2 * CONNECTIONS);
    expect(closed.size).toBe(2 * CONNECTIONS);
    // A byte went through each: an end that was shown twice, or never with its byte, would not add up to one.
    for (const end of closed.keys()) expect(shown.get(end)! + closed.get(end)!).toBe(1);
  });
});
