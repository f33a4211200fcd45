import { z } from 'zod';
import { whole } from '../../pipeline/option-types.js';

/** Interval of a record, ms, unless told otherwise; a check alone reads more often. */
export const INTERVAL_MS = 15_000;
/** Most cgroups that are told apart in one interval, as the maps have it (bpf/checks/tcp_queue_length/queues.h). */
const CGROUPS = 1024;

export const OPTIONS = z.strictObject({
  interval: whole(100, 600_000, 'ms').default(INTERVAL_MS).describe('time that a record stands for, ms'),
  cgroups: whole(1, 65_536, 'cgroups')
    .default(CGROUPS)
    .describe('most cgroups in one interval; each takes 700 bytes of kernel memory for each CPU'),
});

export type TcpQueueLengthOptions = z.output<typeof OPTIONS>;
