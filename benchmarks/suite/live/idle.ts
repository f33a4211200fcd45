import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../../harness/benchmark.js';
import { atMost } from '../../harness/figure.js';
import { requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';
import { usage } from './usage.js';

/** Start-up work is over by then: compilation, and the collection that V8 makes once it has been idle for some ten seconds. */
const SETTLE_MS = 20_000;

export const liveIdle: Benchmark = {
  name: 'live-idle',
  title: 'CPU and wake-ups of conntrail on a host where nothing happens',
  async run({ rounds, smoke }) {
    await requireLive();
    const cpu: number[] = [];
    const wakeups: number[] = [];
    const seconds = smoke ? 1 : 15;
    const tracer = await RunningTracer.conntrail(['-o', 'avro']);
    await sleep(smoke ? 0 : SETTLE_MS);
    for (let round = 0; round < rounds; round++) {
      const before = usage(tracer.pid);
      await sleep(seconds * 1000);
      const after = usage(tracer.pid);
      cpu.push((after.cpuNs - before.cpuNs) / 1e7 / seconds);
      wakeups.push((after.wakeups - before.wakeups) / seconds);
    }
    await tracer.stop();
    return [
      { name: 'CPU', unit: '% of a core', rounds: cpu, target: atMost(0.3) },
      { name: 'wake-ups, all threads', unit: '/s', rounds: wakeups },
    ];
  },
};
