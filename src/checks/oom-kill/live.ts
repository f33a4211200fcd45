import { addon } from '../../kernel/addon.js';
import type { LiveFeature } from '../../pipeline/live-feature.js';

/** Its events come by the ring of facts. */
export const live: LiveFeature = {
  settings: (_, { readsMemory }) => [
    {
      name: '',
      maps: {},
      knobs: { ct_may_read: readsMemory ? 1 : 0, ct_page_size: addon().bpf.pageSize },
      asks: new Set(),
    },
  ],
  sources: (loaded) => [
    { type: 'ring', ring: 'facts', map: loaded.map('facts'), counters: loaded.map('oom_kill_counters') },
  ],
};
