import type { Feature } from '../../pipeline/feature.js';
import { TCP_QUEUE as TCP_QUEUE_RECORD } from './generated/tcp-queue-type.js';
import { HOOKS } from './hooks.js';
import { FEATURE, KIND, LAYOUT_ID, TCP_QUEUE as STRUCT } from './layout.gen.js';
import { OPTIONS, type TcpQueueLengthOptions } from './options.js';
import { DISCARDS, TcpQueueStage } from './stage.js';

export const TCP_QUEUE_LENGTH: Feature<TcpQueueLengthOptions> = {
  name: 'tcp_queue_length',
  id: FEATURE,
  title: 'how full the queues of TCP sockets get, by memory cgroup',
  unit: 'samples',
  layout: LAYOUT_ID,
  kinds: [{ kind: KIND.queue, name: 'queue', least: STRUCT.size, most: STRUCT.size, units: 0xffff_ffff }],
  causes: ['map_full', 'skipped', 'busy', 'unread'],
  notes: [],
  discards: DISCARDS,
  records: [TCP_QUEUE_RECORD],
  hooks: HOOKS,
  byDefault: false,
  options: OPTIONS,
  after: [],
  stage: (context) => new TcpQueueStage(context),
  live: async () => (await import('./live.js')).live,
  tables: async () => [(await import('./table/queue-table.js')).TCP_QUEUE_TABLE],
  check: { interval: { option: 'interval', ms: 1000 } },
};
