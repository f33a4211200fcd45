import { z } from 'zod';
import { whole } from '../../pipeline/option-types.js';

export const ebpfOptions = z.strictObject({
  interval: whole(100, 3_600_000, 'ms').default(15_000).describe('ms from one reading of all objects to the next'),
  counting: whole(0, 10_000, 'ms')
    .default(50)
    .describe('ms of CPU time for counting entries, in each reading at most; 0: they are not counted'),
  programs: whole(1, 1 << 20, 'programs')
    .default(1 << 14)
    .describe('most programs whose last reading is kept; beyond, since_last is null'),
  modules: whole(1, 1 << 16, 'modules')
    .default(256)
    .describe('most modules with an ebpf_total record of their own'),
});

export type EbpfOptions = z.output<typeof ebpfOptions>;
