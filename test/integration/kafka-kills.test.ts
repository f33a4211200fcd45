/** The agent is killed again and again, at any moment of its life: what its spool had accepted is in the topics, in order, and is all there. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext, test } from 'vitest';
import { Observer, spawnTracer } from '../live/support/observe.js';
import { temporaryFolder } from '../recording/helpers.js';
import { lacksLive, need } from '../support/require.js';
import { configFile, linesOf, run } from './support/command.js';
import { needSender } from './support/kafka.js';
import { childrenOf } from './support/processes.js';
import { expectRuns } from './support/runs.js';
import { traffic } from './support/traffic.js';

/** How often; the longest that one lives, ms: from its first moment, or once it traces. */
const KILLS = Number(process.env.CONNTRAIL_KILLS ?? 6);
const LIFE_MS = 3_000;
const TRACING_MS = 1_500;

interface Scene {
  readonly folder: string;
  readonly spool: string;
  readonly options: readonly string[];
  readonly target: { readonly brokers: string; readonly prefix: string };
}

async function scene(context: TestContext): Promise<Scene> {
  const kafka = needSender(context);
  need(context, 'live', lacksLive());
  const folder = temporaryFolder();
  const spool = join(folder, 'spool');
  const prefix = `t-${randomUUID()}`;
  const to = ['--to', `kafka://${kafka.brokers}/${prefix}`, '--kafka-config', configFile(folder, kafka)];
  const options = [...to, '--spool', spool, '--interval', '200ms'];
  await traffic();
  return { folder, spool, options, target: { brokers: kafka.brokers, prefix } };
}

interface Death {
  /** Whether it has lived so long only when it traces, however long that takes to begin. */
  readonly tracing: boolean;
  readonly lifeMs: number;
  /** Whether the processes it began are killed as well. */
  readonly all: boolean;
}

/** Runs the agent for so long, and kills it. */
async function killed({ folder, options }: Scene, { tracing, lifeMs, all }: Death): Promise<void> {
  const ready = join(folder, 'ready');
  rmSync(ready, { force: true });
  const agent = spawnTracer(['observe', '-o', 'ndjson', '--ready-file', ready, ...options], { stdio: 'ignore' });
  if (tracing) await expect.poll(() => existsSync(ready), { timeout: 60_000, interval: 20 }).toBe(true);
  await sleep(lifeMs);
  expect(agent.exitCode, 'it runs until it is killed').toBeNull();
  const children = all ? childrenOf(agent.pid!) : [];
  const gone = once(agent, 'exit');
  for (const pid of [agent.pid!, ...children]) process.kill(pid, 'SIGKILL');
  await gone;
}

/** A last run that ends in order, and has sent all there was. */
async function lastRun({ folder, spool, options, target }: Scene) {
  const last = join(folder, 'last');
  mkdirSync(last);
  const observer = await Observer.start(last, ...options);
  await sleep(1_000);
  const { status, errors } = await observer.stop();
  expect(errors).not.toMatch(/\[CONNTRAIL_(?!KAFKA_SENDER)/);
  expect(status).toBe(0);
  if (!errors.includes(' 0 wait in the spool'))
    expect((await run('spool', 'drain', spool, ...options.slice(0, 4))).status).toBe(0);
  return { found: await expectRuns(spool, target), printed: linesOf(observer.output) };
}

test(`the agent is killed ${KILLS} times`, async (context) => {
  const its = await scene(context);
  for (let i = 0; i < KILLS; i++) {
    const tracing = i % 2 === 1;
    await killed(its, { tracing, lifeMs: 100 + Math.random() * (tracing ? TRACING_MS : LIFE_MS), all: false });
  }
  const { found, printed } = await lastRun(its);
  console.log(`${KILLS} kills: ${JSON.stringify(found)}`);
  // Its sender went on and noted what it had sent.
  expect(found.repeats).toBe(0);
  // That it was killed while it traced and sent as well, not only while it began.
  expect(found.runs).toBeGreaterThan(1);
  expect(found.ended).toBe(1);
  expect(printed.get('connection')!.length).toBeGreaterThan(0);
});

test('the agent is killed, and its sender at once', async (context) => {
  const its = await scene(context);
  const kills = Math.ceil(KILLS / 3);
  for (let i = 0; i < kills; i++)
    await killed(its, { tracing: true, lifeMs: 500 + Math.random() * TRACING_MS, all: true });
  const { found } = await lastRun(its);
  console.log(`${kills} kills of both: ${JSON.stringify(found)}`);
  expect(found.runs).toBeGreaterThan(1);
  expect(found.ended).toBe(1);
  // What was on its way when a sender was killed may come behind what its successor looked at.
  expect(found.repeats).toBeLessThanOrEqual(1_000 * kills);
});
