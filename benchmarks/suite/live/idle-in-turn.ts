import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../harness/benchmark.js';
import { RunningTracer } from './tracer.js';
import { usage } from './usage.js';

/** V8 compiles for most of a minute what then runs once a second. */
const SETTLE_MS = 60_000;
/** Four readings of what the checks read every 15 s, by their defaults. */
const IDLE_MS = 60_000;

/**
 * What two tracers take where nothing happens, in turn: each is alone on the host, since what it reads there, or is woken for, may be the other's.
 * @param flags of the two
 * @returns % of a core in each round, of the one and of the other
 */
export async function idleInTurn(
  flags: readonly [readonly string[], readonly string[]],
  { rounds, smoke }: Context,
): Promise<[number[], number[]]> {
  const taken: [number[], number[]] = [[], []];
  const ms = smoke ? 500 : IDLE_MS;
  for (let round = 0; round < rounds; round++) {
    for (const [i, of] of flags.entries()) {
      const tracer = await RunningTracer.conntrail(of);
      await sleep(smoke ? 0 : SETTLE_MS);
      const before = usage(tracer.pid).cpuNs;
      await sleep(ms);
      taken[i]!.push((usage(tracer.pid).cpuNs - before) / 1e4 / ms);
      await tracer.stop();
    }
  }
  return taken;
}
