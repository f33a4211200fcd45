import type { Feature } from '../pipeline/feature.js';
import { DISCARDS } from './counts.js';
import { asksForNames } from './filter.js';
import { CONNECTION } from './generated/connection-type.js';
import { CONNECTION_HOOKS } from './hooks.js';
import {
  BATCH,
  BATCH_CAPACITY,
  FEATURE,
  KIND,
  LAYOUT_ID,
  LOST,
  NOTE,
  PAGE,
  SINGLE,
  SNAPSHOT_MARK,
} from './layout.gen.js';
import { type ConnectionOptions, connectionOptions } from './options.js';
import { ConnectionStage } from './stage.js';

/** A snapshot's rows travel in frames of any number. */
const MOST_ROWS_BYTES = 1 << 24;

export const CONNECTIONS: Feature<ConnectionOptions> = {
  name: 'connections',
  id: FEATURE,
  title: 'every TCP connection and UDP conversation, with its process',
  unit: 'connections',
  layout: LAYOUT_ID,
  kinds: [
    { kind: KIND.batch, name: 'batch', least: PAGE, most: PAGE, units: BATCH_CAPACITY },
    { kind: KIND.pending, name: 'pending', least: BATCH.records, most: PAGE, units: BATCH_CAPACITY },
    { kind: KIND.single, name: 'single', least: SINGLE.size, most: SINGLE.size, units: 1 },
    { kind: KIND.snapshot, name: 'snapshot', least: 0, most: MOST_ROWS_BYTES, units: 0 },
    {
      kind: KIND.snapshot_begin,
      name: 'snapshot_begin',
      least: SNAPSHOT_MARK.size,
      most: SNAPSHOT_MARK.size,
      units: 0,
      joined: false,
    },
    {
      kind: KIND.snapshot_end,
      name: 'snapshot_end',
      least: SNAPSHOT_MARK.size,
      most: SNAPSHOT_MARK.size,
      units: 0,
      joined: false,
    },
  ],
  causes: Object.keys(LOST),
  notes: Object.keys(NOTE),
  discards: DISCARDS,
  records: [CONNECTION],
  hooks: CONNECTION_HOOKS,
  byDefault: true,
  options: connectionOptions,
  requires: ({ filter }) =>
    filter !== undefined && asksForNames(filter) ? [{ feature: 'dns', what: 'A filter by dns-name' }] : [],
  after: ['dns'],
  stage: (context, options) => new ConnectionStage(context, options),
  live: async () => (await import('./live.js')).CONNECTIONS_LIVE,
  tables: async () => [(await import('./table/connection-table.js')).CONNECTION_TABLE],
};
