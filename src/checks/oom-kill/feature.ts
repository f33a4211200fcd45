import { z } from 'zod';
import type { Feature } from '../../pipeline/feature.js';
import { OOM_KILL as OOM_KILL_RECORD } from './generated/oom-kill-type.js';
import { HOOKS } from './hooks.js';
import { FEATURE, KIND, LAYOUT_ID, NOTE, OOM_KILL as STRUCT } from './layout.gen.js';
import { DISCARDS, OomKillStage } from './stage.js';

/** What the kernel marked that was no kill to tell of, in the order of Row.notes. */
const NOTES = Object.keys(NOTE);

export const OOM_KILL: Feature<object> = {
  name: 'oom_kill',
  id: FEATURE,
  title: 'processes that the kernel kills for want of memory',
  unit: 'kills',
  layout: LAYOUT_ID,
  kinds: [{ kind: KIND.kill, name: 'kill', least: STRUCT.size, most: STRUCT.size, units: 1 }],
  causes: ['buffer_full'],
  notes: NOTES,
  discards: DISCARDS,
  records: [OOM_KILL_RECORD],
  hooks: HOOKS,
  byDefault: false,
  options: z.strictObject({}),
  after: [],
  stage: (context) => new OomKillStage(context),
  live: async () => (await import('./live.js')).live,
  tables: async () => [(await import('./table/kill-table.js')).OOM_KILL_TABLE],
  check: {},
};
