import { z } from 'zod';
import { checkedOptions, clientSchema } from './checked-options.js';
import { CONNECTIONS } from './connections/feature.js';
import { CONNECTION_OPTIONS, PLAIN_OPTIONS } from './connections/options.js';
import { MAX_HOST_BYTES } from './encoding/record-identity.js';
import type { FeatureOptions } from './feature-options.js';
import { filterSchema } from './filters/filter-schema.js';
import type { FrameView } from './frames/frame-view.js';
import { MAX_CLIENTS } from './pipeline/client.js';
import { whole } from './pipeline/option-types.js';
import { shape } from './shape.js';

/** The part of pino's interface that conntrail calls. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const powerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

const callable = <T>() => z.custom<T>((value) => typeof value === 'function', 'must be a function');

const logger = shape<Logger>({ debug: 'function', info: 'function', warn: 'function', error: 'function' });

const schema = z.strictObject({
  ...PLAIN_OPTIONS,
  ringSize: whole(1 << 16, 1 << 26, 'bytes')
    .refine(powerOfTwo, 'must be a power of two')
    .default(1 << 22),
  intervalMs: whole(100, 3_600_000, 'ms').default(1000),
  pendingMs: whole(10, 1000, 'ms').default(100),
  readers: whole(1, 64, 'workers').optional(),
  queueSize: whole(1, 1 << 24, 'records').default(65536),
  proofTimeoutMs: whole(100, 60_000, 'ms').default(5000),
  canaryMs: whole(100, 86_400_000, 'ms').nullable().default(60_000),
  cgroup: z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'), 'must be a path')
    .nullable()
    .optional(),
  host: z
    .string()
    .min(1)
    .refine((name) => Buffer.from(name).toString() === name, 'must be well-formed Unicode')
    .refine((name) => Buffer.byteLength(name) <= MAX_HOST_BYTES, `must be at most ${MAX_HOST_BYTES} bytes`)
    .optional(),
  features: z.record(z.string(), z.union([z.boolean(), z.looseObject({})])).default({}),
  run: whole(0, Number.MAX_SAFE_INTEGER, 'µs').optional(),
  filter: filterSchema.optional(),
  clients: z.array(clientSchema).max(MAX_CLIENTS, `must be at most ${MAX_CLIENTS}`).default([]),
  recorder: callable<(frame: FrameView) => void>().optional(),
  recorderBusy: callable<() => boolean>().optional(),
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
  logger: logger.optional(),
});

/**
 * What `openTracer` takes; everything has a default.
 *
 * - `transport`: how closed connections leave the kernel; `auto` takes the ring buffer where the kernel has it.
 * - `kernelBuffer`: bytes, per CPU for perf (default 1 MiB), in all for ring (default 8 MiB); rounded up to a power of two.
 * - `ringSize`: bytes of the shared ring of each reader, a power of two; default 4 MiB.
 * - `intervalMs`: ms between the deltas of open connections, and between ledger records; default 1000.
 * - `pendingMs`: ms between readings of closed connections still batched in the kernel; default 100.
 * - `readers`: reader workers; default 1 for ring, min(4, CPUs) for perf.
 * - `maxConnections`: most entries of the connection table; default 1,048,576.
 * - `udpFlows`: most UDP conversations in the kernel beyond the first peer of each socket; default 262,144. Above 7/8 of them the eldest end early.
 * - `udpTimeoutMs`: idle time after which a UDP conversation ends; by default what connection tracking takes here: the sysctls
 *   net.netfilter.nf_conntrack_udp_timeout, and …_timeout_stream for one that both sent and received; 30 s and 120 s without them.
 * - `exactUdp`: looks at the packets of UDP sockets too, for the local address of those bound to the wildcard and for what single calls do not
 *   tell; adds about 0.7 µs to every TCP connection of the host; default false.
 * - `failedConnects`: looks at every call of connect() on TCP sockets too, for a record of each that fails before a packet (no route, no
 *   permission); adds about 0.5 µs to every connection that this host opens; default false.
 * - `queueSize`: most records waiting in one `connections()` or `records()` iterator; more are dropped and counted; default 65,536.
 * - `proofTimeoutMs`: how long hook groups have to prove themselves at start; default 5000.
 * - `canaryMs`: ms between canaries, conversations of conntrail's own over loopback that find hook groups which have gone silent; default 60,000;
 *   null sends none.
 * - `cgroup`: root of the cgroup v2 hierarchy; found in /proc/mounts by default; null turns UDP off.
 * - `host`: name of this host in every record; its hostname by default.
 * - `features`: what else to watch, by name (docs/features.md): its options or true; false turns one off.
 * - `run`: what tells this run from the others of the boot, in every record: µs of the boot clock, when the tracer is opened by default. The
 *   header of a recording of it says the same.
 * - `filter`: which connections leave; all by default.
 * - `clients`: sinks that take every record, beside `connections()` and `connections$`.
 * - `recorder`: is called with every frame the pump takes, in order, before the pipeline sees it; the view is valid during the call.
 * - `recorderBusy`: while it returns true, no frames are taken; what does not fit into the rings meanwhile is lost and counted.
 * - `signal`: aborting it stops the tracer as `stop()` does.
 * - `logger`: takes pino's shape; nothing is logged without one.
 */
export type TracerOptions = z.input<typeof schema>;
export type ResolvedTracerOptions = z.output<typeof schema>;

/**
 * Checks options once and fills in the defaults.
 * @throws ConntrailError CONNTRAIL_OPTION, naming every option that cannot be.
 */
export function resolveTracerOptions(options: TracerOptions): ResolvedTracerOptions {
  return checkedOptions(schema, options, 'tracer');
}

/** What runs and how: what is said of the connections by itself counts unless `features.connections` says otherwise. */
export function featureOptions(options: ResolvedTracerOptions): FeatureOptions {
  const { features } = options;
  const given = features[CONNECTIONS.name] ?? true;
  if (given === false) return features;
  const plain = Object.entries(options).filter(([name, value]) => CONNECTION_OPTIONS.has(name) && value !== undefined);
  return { ...features, [CONNECTIONS.name]: { ...Object.fromEntries(plain), ...(given === true ? {} : given) } };
}
