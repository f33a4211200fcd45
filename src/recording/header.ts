import { z } from 'zod';
import { MAX_BOOT_ID_BYTES, MAX_HOST_BYTES } from '../encoding/record-identity.js';
import { ConntrailError } from '../errors.js';
import { LAYOUTS } from './layouts.js';

/** Most entries of a connection table that a header may ask for: the most that live tracing allows. */
const MAX_CONNECTIONS = (1 << 24) - 1;

const text = (bytes: number) =>
  z.string().refine((value) => Buffer.byteLength(value) <= bytes, `must be at most ${bytes} bytes`);

/** What a header tells of connections. */
const connections = z.object({
  max_connections: z.number().int().positive().max(MAX_CONNECTIONS),
  /** Filters of the output that ran beside the recording, as given on the command line; frames are never filtered. */
  filters: z.record(z.string(), z.array(z.string())),
});

/** What a recording says about itself: where and how the frames were taken. Unknown keys are kept out, missing ones refused. */
const schema = z.object({
  /** Version of conntrail that recorded. */
  conntrail: z.string(),
  /** Ids of the wire layouts the frames have, by feature, `core` for what all share: a reader with another one cannot decode them. */
  layouts: z.record(z.string(), z.string()),
  /** What ran, by name of the feature, with the options that change its records: a replay has the same. */
  features: z.record(z.string(), z.record(z.string(), z.unknown())),
  host: text(MAX_HOST_BYTES),
  boot_id: text(MAX_BOOT_ID_BYTES),
  /** When the tracer began, boot clock, µs: in every record, tells apart the runs of one boot. */
  run: z.number().int().nonnegative(),
  kernel: z.object({ release: z.string(), machine: z.string() }),
  /** Possible CPUs of the host. */
  cpus: z.number().int().positive(),
  /** When recording began: boot clock in ns (decimal, beyond 2^53) and CLOCK_REALTIME − CLOCK_BOOTTIME in µs. */
  clock: z.object({ boot_ns: z.string().regex(/^\d+$/), wall_offset_us: z.number().int() }),
  /** How frames came, which changes no record. */
  options: z.object({
    interval_ms: z.number().positive(),
    /** As asked for; `auto` is ring where the kernel has it. */
    transport: z.enum(['auto', 'ring', 'perf']),
    /** Bytes: per CPU for perf, in all for ring; null = the default. */
    kernel_buffer: z.number().int().positive().nullable(),
    /** Bytes of data of each shared ring. */
    ring_size: z.number().int().positive(),
  }),
});

export type RecordingHeader = z.infer<typeof schema>;
export type RecordedConnections = z.infer<typeof connections>;

/** The header as the JSON text that stands in the file. */
export function encodeHeader(header: RecordingHeader): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(schema.parse(header)));
}

/** @throws ConntrailError CONNTRAIL_DAMAGED when the text is not a header this version understands. */
export function decodeHeader(json: Uint8Array, path: string): RecordingHeader {
  return understood(path, () => schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))));
}

/**
 * The options that connections were recorded with; undefined when they did not run, or with another layout: then they may be others, too.
 * @throws ConntrailError CONNTRAIL_DAMAGED when they cannot be.
 */
export function recordedConnections(
  { features, layouts }: RecordingHeader,
  path: string,
): RecordedConnections | undefined {
  const options = layouts.connections === LAYOUTS.connections ? features.connections : undefined;
  return options && understood(path, () => connections.parse(options));
}

function understood<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const what = issue === undefined ? 'is not JSON' : `has a bad ${issue.path.join('.')}: ${issue.message}`;
    throw new ConntrailError('CONNTRAIL_DAMAGED', `the header of ${path} ${what}; the file was altered`, {
      cause,
    });
  }
}
