import { createInterface } from 'node:readline';
import type { Benchmark } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { atMost } from '../../harness/figure.js';
import { percentile } from '../../harness/statistics.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';

const PER_SECOND = 1000;

/** ms from each close to its line on the other side of a pipe. */
async function delays(seconds: number): Promise<number[]> {
  const tracer = await RunningTracer.conntrail(['-o', 'ndjson', '--state', 'closed', '--name', 'conntrail-flood'], {
    output: 'pipe',
  });
  const found: number[] = [];
  createInterface({ input: tracer.stdout }).on('line', (line) => {
    const arrived = performance.timeOrigin + performance.now();
    // The record's time is in µs; Date reads ms of it.
    const end = /"end":"([^"]+)\.(\d{3})(\d{3})Z"/.exec(line);
    if (end) found.push(arrived - Date.parse(`${end[1]}.${end[2]}Z`) - Number(end[3]) / 1000);
  });
  await run({ file: load('flood'), arguments: [String(seconds), '1', String(PER_SECOND)] });
  await tracer.stop();
  return found;
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
