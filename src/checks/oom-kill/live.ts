import type { LiveFeature } from '../../pipeline/live-feature.js';

/** Its events come by the ring of facts. */
export const live: LiveFeature = {
  settings: () => [{ name: '', maps: {}, knobs: {}, asks: new Set() }],
  sources: (loaded) => [
    { type: 'ring', ring: 'facts', map: loaded.map('facts'), counters: loaded.map('oom_kill_counters') },
  ],
};
