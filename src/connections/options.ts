import { z } from 'zod';
import { whole } from '../pipeline/option-types.js';
import type { ConnectionFilter } from './filter.js';

/** Those that `openTracer` takes by themselves too. */
const plain = {
  transport: z
    .enum(['auto', 'ring', 'perf'])
    .default('auto')
    .describe('how closed connections leave the kernel; auto takes the ring buffer where the kernel has it'),
  kernelBuffer: whole(4096, 1 << 30, 'bytes')
    .optional()
    .describe('bytes of the kernel’s buffer: per CPU for perf (1 MiB by default), in all for ring (8 MiB)'),
  maxConnections: whole(1, (1 << 24) - 1, 'connections')
    .default(1 << 20)
    .describe('most connections remembered at a time'),
  udpFlows: whole(1, 1 << 24, 'conversations')
    .default(262144)
    .describe('most UDP conversations in the kernel beyond the first peer of each socket'),
  udpTimeoutMs: whole(1, 86_400_000, 'ms')
    .optional()
    .describe('ms of idle time after which a UDP conversation ends; as connection tracking has it by default'),
  exactUdp: z.boolean().default(false).describe('looks at the packets of UDP sockets too'),
  failedConnects: z.boolean().default(false).describe('looks at every call of connect() on TCP sockets too'),
};

export const connectionOptions = z.strictObject({
  ...plain,
  filter: z
    .custom<ConnectionFilter>((value) => typeof value === 'object' && value !== null, 'must be a filter (parseFilter)')
    .optional()
    .describe('which connections leave; all by default'),
});
export type ConnectionOptions = z.output<typeof connectionOptions>;

/** Of `connectionOptions`, without the filter. */
export const PLAIN_OPTIONS = plain;
/** Names of all of them. */
export const CONNECTION_OPTIONS: ReadonlySet<string> = new Set(Object.keys(connectionOptions.shape));
