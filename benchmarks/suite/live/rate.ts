import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { atLeast } from '../../harness/figure.js';
import { ROOT } from '../../harness/peers.js';
import { median } from '../../harness/statistics.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';
import { resident, usage } from './usage.js';

/** After a loss the next attempt is this much slower. */
const LOWER = 0.9;

interface Attempt {
  perSecond: number;
  lost: number;
  cpu: number;
  peakBytes: number;
}

/** `perSecond` 0: as fast as the kernel makes connections. */
async function attempt(seconds: number, perSecond: number): Promise<Attempt> {
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));
  try {
    const files = join(folder, 'files');
    const tracer = await RunningTracer.conntrail(['--to', files]);
    const before = usage(tracer.pid);
    const said = await run({ file: load('flood'), arguments: [String(seconds), '2', String(perSecond)] });
    const [made, took] = said.split(' ').map(Number) as [number, number];
    const cpu = (usage(tracer.pid).cpuNs - before.cpuNs) / 1e9 / took;
    const peakBytes = resident(tracer.pid).peak;
    await tracer.stop();
    const verified = await run({ file: `${ROOT}bin/conntrail`, arguments: ['verify', '-o', 'json', files] });
    const { lost } = JSON.parse(verified) as { lost: number };
    return { perSecond: made / took, lost, cpu, peakBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const liveRate: Benchmark = {
  name: 'live-rate',
  title: 'highest rate of connections on two cores that loses none, files written; verified by the ledger',
  async run({ rounds, smoke }) {
    await requireLive();
    const seconds = smoke ? 1 : 10;
    const best: Attempt[] = [];
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      let one = await attempt(seconds, 0);
      while (one.lost > 0 && one.perSecond > 100) one = await attempt(seconds, one.perSecond * LOWER);
      best.push(one);
    }
    const cpu = median(best.map((one) => one.cpu)) * 100;
    const peak = Math.max(...best.map((one) => one.peakBytes)) / 2 ** 20;
    return [
      {
        name: 'connections without loss (two ends each)',
        unit: '/s',
        rounds: best.map((one) => one.perSecond),
        target: atLeast(15_000),
        note: `conntrail: ${cpu.toFixed(0)} % of a core, ${peak.toFixed(0)} MiB at most`,
      },
    ];
  },
};
