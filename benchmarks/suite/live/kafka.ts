import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { atLeast, atMost } from '../../harness/figure.js';
import { ROOT } from '../../harness/peers.js';
import { percentile } from '../../harness/statistics.js';
import { broker, kafka, requireKafkaClient, startKafka } from '../kafka-cluster.js';
import { ClosedLines } from './closed-lines.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';
import { usage } from './usage.js';

/** Connections a second, two records each, all the time. */
const PER_SECOND = 1000;
/** Longest that what waits may take, beside the same load. */
const DRAIN_SECONDS = 300;

/** The same connections until it is stopped. */
function endlessFlood(): ChildProcess {
  return spawn(load('flood'), ['100000', '1', String(PER_SECOND)], { stdio: 'ignore' });
}

/** Records of a spool that were neither acknowledged nor given up. */
async function waiting(spool: string): Promise<number> {
  const command = { file: `${ROOT}bin/conntrail`, arguments: ['spool', 'list', '-o', 'json', spool] };
  const { resident } = JSON.parse(await run(command)) as { resident: Record<string, [records: number, units: number]> };
  return Object.values(resident).reduce((sum, [records]) => sum + records, 0);
}

/** Start-up is over by then, and most of compilation. */
const SETTLE_MS = 30_000;

interface Phase {
  /** ms from each close to its line on the pipe. */
  delays: number[];
  /** CPU of the agent, without the sender, µs per record. */
  cost: number;
}

/** What the agent does meanwhile. */
async function phase(tracer: RunningTracer, lines: ClosedLines, meanwhile: () => Promise<unknown>): Promise<Phase> {
  lines.take();
  const before = usage(tracer.pid).cpuNs;
  await meanwhile();
  const cpuNs = usage(tracer.pid).cpuNs - before;
  const delays = lines.take();
  return { delays, cost: cpuNs / 1000 / delays.length };
}

export const liveKafka: Benchmark = {
  name: 'live-kafka',
  title: `a Kafka output beside others, ${PER_SECOND / 1000} k connections/s: what it adds, and a backlog that drains under the same load`,
  async run({ smoke }) {
    await requireLive();
    requireKafkaClient();
    const seconds = smoke ? 2 : 30;
    const settleMs = smoke ? 1000 : SETTLE_MS;
    const awaySeconds = smoke ? 5 : 600;
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));
    const cluster = startKafka();
    const flood = endlessFlood();
    try {
      const config = join(folder, 'kafka.json');
      writeFileSync(config, JSON.stringify({ registry: { url: cluster.registry } }));
      const spool = join(folder, 'spool');
      const common = ['-o', 'ndjson', '--state', 'closed', '--name', 'conntrail-flood'];
      const to = ['--to', `kafka://${cluster.brokers}/bench`, '--kafka-config', config, '--spool', spool];

      const without = await RunningTracer.conntrail(common, { output: 'pipe' });
      const first = new ClosedLines(without.stdout);
      await sleep(settleMs);
      const alone = await phase(without, first, () => sleep(seconds * 1000));
      await without.stop();

      const tracer = await RunningTracer.conntrail([...common, ...to], { output: 'pipe' });
      const lines = new ClosedLines(tracer.stdout);
      await sleep(settleMs);
      const beside = await phase(tracer, lines, () => sleep(seconds * 1000));
      await broker('down');
      const away = await phase(tracer, lines, () => sleep(awaySeconds * 1000));
      const backlog = await waiting(spool);
      const began = performance.now();
      let left = backlog;
      const draining = await phase(tracer, lines, async () => {
        await broker('up');
        // What came within the last two seconds is on its way.
        for (left = await waiting(spool); left > 4 * PER_SECOND; left = await waiting(spool)) {
          if (performance.now() - began > DRAIN_SECONDS * 1000) throw new Error(`${left} records still wait`);
          await sleep(1000);
        }
      });
      const drained = (performance.now() - began) / 1000;
      flood.kill();
      await tracer.stop();

      const sent = backlog + draining.delays.length - left;
      const p99 = ({ delays }: Phase) => [percentile(delays, 99)];
      return [
        { name: 'close to line, p99, alone', unit: 'ms', rounds: p99(alone), note: `${alone.delays.length} records` },
        { name: 'close to line, p99, with Kafka', unit: 'ms', rounds: p99(beside), target: atMost(300) },
        {
          name: 'close to line, p99, broker away',
          unit: 'ms',
          rounds: p99(away),
          note: `${away.delays.length} records`,
        },
        { name: 'close to line, p99, while it drains', unit: 'ms', rounds: p99(draining), target: atMost(300) },
        {
          name: 'CPU of the agent, Kafka added',
          unit: 'µs a record',
          rounds: [beside.cost - alone.cost],
          note: `${alone.cost.toFixed(1)} µs alone, ${away.cost.toFixed(1)} µs with the broker away`,
        },
        {
          name: 'records sent while it drained / records that came in the time',
          unit: '×',
          rounds: [sent / draining.delays.length],
          target: atLeast(3),
          note: `${backlog} waited after ${awaySeconds} s, ${draining.delays.length} came in ${drained.toFixed(1)} s`,
        },
        { name: 'connections lost, in all', unit: '', rounds: [first.lost + lines.lost], target: atMost(0) },
      ];
    } finally {
      flood.kill();
      await (flood.exitCode === null && flood.signalCode === null ? once(flood, 'exit') : null);
      kafka('stop');
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
