import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { Skipped } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { ROOT } from '../../harness/peers.js';

/** Fails with Skipped where the live path cannot run. */
export async function requireLive(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Skipped('tracing takes root');
  if (!existsSync('/sys/kernel/btf/vmlinux')) throw new Skipped('this kernel has no BTF');
  if (cpus().length < 2) throw new Skipped('load and tracer need a CPU each');
  await run({ file: 'make', arguments: ['-s', '-C', `${ROOT}test/live/cost`] });
}

export type Load = 'slices' | 'flood' | 'hold';

/** Path of a load program; each works in a network namespace of its own. */
export const load = (name: Load): string => `${ROOT}build/test/conntrail-${name}`;
