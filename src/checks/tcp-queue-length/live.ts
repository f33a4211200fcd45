import type { LiveFeature } from '../../pipeline/live-feature.js';
import type { TcpQueueLengthOptions } from './options.js';
import type { QueueHandles } from './source/handles.js';

/** The maps whose size the option says. */
const BY_CGROUP = ['tcp_queues_even', 'tcp_queues_odd', 'tcp_queues_swept', 'tcp_queue_paths'];

/** A worker reads what the programs keep in maps. */
export const live: LiveFeature<TcpQueueLengthOptions> = {
  settings: ({ cgroups }, { readsMemory }) => [
    {
      name: '',
      maps: Object.fromEntries(BY_CGROUP.map((map) => [map, cgroups])),
      knobs: { ct_may_read: readsMemory ? 1 : 0 },
      asks: new Set(),
    },
  ],
  sources: (loaded, { interval }) => {
    const handles: QueueHandles = {
      even: loaded.map('tcp_queues_even'),
      odd: loaded.map('tcp_queues_odd'),
      swept: loaded.map('tcp_queues_swept'),
      paths: loaded.map('tcp_queue_paths'),
      recent: loaded.map('tcp_queue_recent'),
      control: loaded.map('tcp_queue_control'),
      sweep: loaded.link('queue_sweep'),
      receive: loaded.hook('queue_receive'),
      send: loaded.hook('queue_send'),
      page: loaded.hook('queue_page'),
      accept: loaded.hook('queue_accept'),
    };
    const module = new URL('./source/queue-source.js', import.meta.url).href;
    return [{ type: 'worker', module, everyMs: interval, handles }];
  },
};
