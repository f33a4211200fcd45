import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../../harness/benchmark.js';
import { atMost } from '../../harness/figure.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';
import { resident } from './usage.js';

/** Both ends are on this host: 65,536 tracked connections. */
const CONNECTIONS = 32_768;

async function residentMiB(connections: number, settleMs: number): Promise<number> {
  const tracer = await RunningTracer.conntrail(['-o', 'avro']);
  const holder = spawn(load('hold'), [String(connections)], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(holder.stdout, 'data');
    // Several snapshots show them all.
    await sleep(settleMs);
    return resident(tracer.pid).now / 2 ** 20;
  } finally {
    holder.stdin.end();
    await once(holder, 'close');
    await tracer.stop();
  }
}

export const liveHeld: Benchmark = {
  name: 'live-held',
  title: 'resident memory with 65 k tracked connections open',
  async run({ rounds, smoke }) {
    await requireLive();
    const all: number[] = [];
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      all.push(await residentMiB(smoke ? 256 : CONNECTIONS, smoke ? 200 : 5000));
    }
    return [{ name: 'RSS at 65,536 connections', unit: 'MiB', rounds: all, target: atMost(120) }];
  },
};
