import type { Benchmark } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { atMost } from '../../harness/figure.js';
import { percentile } from '../../harness/statistics.js';
import { ClosedLines } from './closed-lines.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';

const PER_SECOND = 1000;

/** ms from each close to its line on the other side of a pipe. */
async function delays(seconds: number): Promise<number[]> {
  const tracer = await RunningTracer.conntrail(['-o', 'ndjson', '--state', 'closed', '--name', 'conntrail-flood'], {
    output: 'pipe',
  });
  const lines = new ClosedLines(tracer.stdout);
  await run({ file: load('flood'), arguments: [String(seconds), '1', String(PER_SECOND)] });
  await tracer.stop();
  return lines.take();
}

export const liveDelay: Benchmark = {
  name: 'live-delay',
  title: 'from a close to its line on a pipe, 1 k connections/s',
  async run({ rounds, smoke }) {
    await requireLive();
    const all: number[][] = [];
    for (let round = 0; round < rounds; round++) all.push(await delays(smoke ? 1 : 5));
    const note = `${all[0]!.length} records a round`;
    return [
      { name: 'p50', unit: 'ms', rounds: all.map((one) => percentile(one, 50)), note },
      { name: 'p99', unit: 'ms', rounds: all.map((one) => percentile(one, 99)), target: atMost(300) },
    ];
  },
};
