import { addon } from '../../kernel/addon.js';
import type { LiveFeature } from '../../pipeline/live-feature.js';
import type { EbpfOptions } from './options.js';

const SOURCE = new URL('./source/ebpf-source.js', import.meta.url).href;
/** Between two looks whether a round is due, and whether records of programs are wanted, ms: on an idle host looks cost as much as rounds. */
const LEAST_MS = 25;
const MOST_MS = 2000;
/** Looks in an interval, at least. */
const LOOKS = 4;

/** A part of the interval, so that rounds are hardly late. */
const lookEvery = (interval: number): number =>
  Math.max(LEAST_MS, Math.floor(interval / Math.max(LOOKS, Math.ceil(interval / MOST_MS))));

/** Its frames come from a worker that reads all objects again and again. */
export const live: LiveFeature<EbpfOptions> = {
  settings: (_, { cpus }) => [
    { name: 'plain', maps: {}, knobs: { ct_cpus: cpus, ct_page_size: addon().bpf.pageSize }, asks: new Set() },
  ],
  sources: (loaded, { interval }) => [
    {
      type: 'worker',
      module: SOURCE,
      everyMs: lookEvery(interval),
      handles: {
        maps: loaded.link('every_map'),
        programs: loaded.link('every_program'),
        links: loaded.link('every_link'),
        holders: loaded.link('every_holder'),
        mappings: loaded.link('every_mapping'),
        mappingsProgram: loaded.program('every_mapping'),
      },
    },
  ],
};
