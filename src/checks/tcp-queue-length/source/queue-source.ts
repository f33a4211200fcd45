/**
 * The worker of the feature: ends an interval each time it is asked.
 * @module
 */
import type { OpenSource } from '../../../workers/source-loop.js';
import type { TcpQueueLengthOptions } from '../options.js';
import type { QueueHandles } from './handles.js';
import { Intervals } from './intervals.js';
import { KernelQueues } from './kernel-queues.js';

const open: OpenSource<TcpQueueLengthOptions> = (port, _options, { handles }) => {
  const intervals = new Intervals(new KernelQueues(handles as QueueHandles), port);
  return { poll: () => intervals.next() };
};

export default open;
