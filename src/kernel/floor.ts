import { release } from 'node:os';
import type { ProbeName } from './probe-table.js';
import type { LazyProbes } from './probes.js';

/** First Linux that conntrail is made for (docs/decisions/0018-oldest-kernel.md). */
export const FLOOR = '5.10';

/** What all programs rely on that came last, in 5.9; distributions take such things over into kernels of older names. */
const RELIED_ON: readonly ProbeName[] = ['skc_to_tcp_sock', 'probe_read_kernel'];

/** One sentence where this kernel lacks what every kernel since FLOOR has; empty where it does not. Its name alone says nothing: RHEL 8 is "4.18". */
export function belowFloor(probes: Pick<LazyProbes, 'lack'>, running: string = release()): string {
  if (probes.lack(RELIED_ON) === '') return '';
  return `conntrail needs Linux ${FLOOR} or later; this is ${/^\d+\.\d+/.exec(running)?.[0] ?? running}.`;
}
