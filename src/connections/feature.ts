import { z } from 'zod';
import type { Feature } from '../pipeline/feature.js';
import { DEFAULT_MAX_CONNECTIONS } from './connection-table.js';
import { DISCARDS } from './counts.js';
import type { ConnectionFilter } from './filter.js';
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
import { ConnectionStage } from './stage.js';

/** A snapshot's rows travel in frames of any number. */
const MOST_ROWS_BYTES = 1 << 24;

const options = z.strictObject({
  filter: z
    .custom<ConnectionFilter>((value) => typeof value === 'object' && value !== null)
    .optional()
    .describe('which connections leave; all by default'),
  maxConnections: z.int().min(1).default(DEFAULT_MAX_CONNECTIONS).describe('most connections remembered at a time'),
  transport: z.enum(['auto', 'ring', 'perf']).default('auto').describe('how closed connections leave the kernel'),
  kernelBuffer: z
    .int()
    .min(4096)
    .optional()
    .describe('bytes of the kernel’s buffer: per CPU for perf, in all for ring'),
  udpFlows: z
    .int()
    .min(1)
    .default(262144)
    .describe('most UDP conversations in the kernel beyond the first peer of each socket'),
  udpTimeoutMs: z.int().min(1).optional().describe('ms of idle time after which a UDP conversation ends'),
  exactUdp: z.boolean().default(false).describe('looks at the packets of UDP sockets too'),
  failedConnects: z.boolean().default(false).describe('looks at every call of connect() on TCP sockets too'),
});

export type ConnectionOptions = z.output<typeof options>;

/** Names of its options, which `openTracer` takes by themselves too. */
export const CONNECTION_OPTIONS: ReadonlySet<string> = new Set(Object.keys(options.shape));

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
    },
    {
      kind: KIND.snapshot_end,
      name: 'snapshot_end',
      least: SNAPSHOT_MARK.size,
      most: SNAPSHOT_MARK.size,
      units: 0,
    },
  ],
  causes: Object.keys(LOST),
  notes: Object.keys(NOTE),
  discards: DISCARDS,
  records: [CONNECTION],
  hooks: CONNECTION_HOOKS,
  byDefault: true,
  options,
  after: [],
  stage: (context, options) => new ConnectionStage(context, options),
  live: async () => (await import('./live.js')).CONNECTIONS_LIVE,
  tables: async () => [(await import('./table/connection-table.js')).CONNECTION_TABLE],
};
