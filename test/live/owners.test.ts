/** Whom a record names: a process that had the socket, or nobody. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { Observer } from './support/observe.js';
import { type ConnectionLine, readOutput } from './support/output.js';

/** The server's port, and who had the two ends. */
interface Served {
  port: number;
  server: number;
  client: number;
}

interface Orphaned {
  port: number;
  gone: number;
}

interface Made {
  orphan: Orphaned;
  /** null: this kernel has no MPTCP. */
  mptcp: { orphan: Orphaned; handed_over: Served; closed_only: Served; joined: Served } | null;
}

const lacks = lacksLive() ?? lacksCommand('python3') ?? lacksCommand('ip');
let made: Made;
let closed: ConnectionLine[];

beforeAll(async () => {
  if (lacks !== null) return;
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder);
    made = JSON.parse(
      execFileSync('python3', [`${CHECKOUT}test/live/traffic/owners.py`], { encoding: 'utf8' }),
    ) as Made;
    await sleep(500);
    expect((await observer.stop()).status).toBe(0);
    closed = readOutput(observer.output).connections.filter(({ state }) => state === 'closed');
  });
}, 120_000);

const accepted = (port: number) =>
  closed.filter(({ local, direction }) => direction === 'incoming' && local.port === port);
const connected = (port: number) =>
  closed.filter(({ remote, direction }) => direction === 'outgoing' && remote?.port === port);
const owners = (lines: ConnectionLine[]) => lines.map(({ process }) => process && [process.pid, process.source]);

test('a listener that is gone is not named, though a child has its socket', (context) => {
  need(context, 'live', lacks);
  expect(owners(accepted(made.orphan.port))).toEqual([null]);
});

test('MPTCP: each end is the process that has the connection’s own socket', (context) => {
  need(context, 'live', lacks ?? (made.mptcp ? null : 'this kernel has no MPTCP'));
  const { orphan, handed_over, closed_only, joined } = made.mptcp!;
  expect(owners(accepted(orphan.port))).toEqual([null]);
  expect(owners(accepted(handed_over.port))).toEqual([[handed_over.server, 'first_io']]);
  expect(owners(connected(handed_over.port))).toEqual([[handed_over.client, 'connect']]);
  expect(owners(accepted(closed_only.port)).at(-1)).toEqual([closed_only.server, 'close']);
  expect(owners(connected(closed_only.port)).at(-1)).toEqual([closed_only.client, 'connect']);
  // Two subflows at each end; the second is connected by a kernel thread.
  expect(owners(accepted(joined.port))).toEqual(Array(2).fill([joined.server, 'first_io']));
  expect(owners(connected(joined.port))).toEqual(Array(2).fill([joined.client, 'connect']));
});
