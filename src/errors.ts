/**
 * The one error class of conntrail. "This kernel cannot" is a value (a hook group's result), not an error; an error means that what
 * was asked for cannot be done.
 * @module
 */

/** Every code a ConntrailError can carry. `src/cli` maps them to exit codes. */
export type ErrorCode =
  /** The addon or BPF objects were not built, or do not load here. */
  | 'CONNTRAIL_ADDON_MISSING'
  /** The addon or a BPF object is not what was built, or others may change it. */
  | 'CONNTRAIL_ADDON_DAMAGED'
  /** Live tracing needs Linux. */
  | 'CONNTRAIL_PLATFORM'
  /** Missing root or capabilities. */
  | 'CONNTRAIL_PRIVILEGE'
  /** A limit of this process (open files, address space, memory) is lower than what was asked for takes. */
  | 'CONNTRAIL_LIMIT'
  /** The kernel has no BTF type information. */
  | 'CONNTRAIL_NO_BTF'
  /** No TCP hook could be attached: there is nothing to trace. */
  | 'CONNTRAIL_KERNEL'
  /** An option has a value that makes no sense. */
  | 'CONNTRAIL_OPTION'
  /** A shared ring holds bytes that its protocol cannot produce. */
  | 'CONNTRAIL_RING_CORRUPT'
  /** A reader worker ended before it was told to. */
  | 'CONNTRAIL_READER'
  /** A record holds more than its schema allows for: it is not encoded, and counted. */
  | 'CONNTRAIL_RECORD'
  /** An operator of the pipeline failed; the stream ended there. */
  | 'CONNTRAIL_PIPELINE'
  /** A part of the end of a tracer failed or took too long; all others were tried. */
  | 'CONNTRAIL_TEARDOWN'
  /** A frame cannot be what its header says. */
  | 'CONNTRAIL_FRAME_INVALID'
  /** A file or directory cannot be read or written. */
  | 'CONNTRAIL_IO'
  /** A file is neither a recording nor an output of conntrail. */
  | 'CONNTRAIL_FORMAT'
  /** A recording of a format version that this conntrail does not know. */
  | 'CONNTRAIL_VERSION'
  /** A recording whose frames have other wire layouts than this conntrail's. */
  | 'CONNTRAIL_LAYOUT'
  /** A feature of a recording that this conntrail does not have, or has with another layout: it is left out. */
  | 'CONNTRAIL_FEATURE'
  /** A checksum, a count or an order in a recording or an output does not hold. */
  | 'CONNTRAIL_DAMAGED'
  /** `verify`: something is missing or damaged, or is not ours. */
  | 'CONNTRAIL_VERIFICATION'
  /** More closed connections were lost than `--max-loss` allows. */
  | 'CONNTRAIL_LOSS'
  /** The end of a recording or an output is missing: its writer was killed, or its disk was full. */
  | 'CONNTRAIL_CUT_SHORT'
  /** A file to be written exists already. */
  | 'CONNTRAIL_OUTPUT_EXISTS'
  /** An output directory is a link, holds what conntrail did not put there, belongs to another user, or others may write to it. */
  | 'CONNTRAIL_OUTPUT_FOREIGN'
  /** An output file or directory was removed, moved or replaced while it was written to. */
  | 'CONNTRAIL_OUTPUT_MOVED'
  /** A disk is further behind than the bound of what may wait for it. */
  | 'CONNTRAIL_BEHIND'
  /** Bytes that are no DNS message that can be told of; says why. */
  | 'CONNTRAIL_DNS_MESSAGE'
  /** A schema registry does not answer, or not in time. */
  | 'CONNTRAIL_REGISTRY_UNREACHABLE'
  /** A schema registry's certificate is not one to trust, or it does not speak TLS. */
  | 'CONNTRAIL_REGISTRY_TLS'
  /** A schema registry takes the credentials for wrong, or for those of somebody who may not. */
  | 'CONNTRAIL_REGISTRY_CREDENTIALS'
  /** A schema registry refuses a schema: it is incompatible with earlier versions of its subject. */
  | 'CONNTRAIL_REGISTRY_INCOMPATIBLE'
  /** A schema registry takes what was sent to it for invalid. */
  | 'CONNTRAIL_REGISTRY_SCHEMA'
  /** A schema registry does not have what was asked for. */
  | 'CONNTRAIL_REGISTRY_NOT_FOUND'
  /** A schema registry fails by itself, or asks to be left in peace for a while. */
  | 'CONNTRAIL_REGISTRY_FAILING'
  /** What was taken for a schema registry does not answer as one. */
  | 'CONNTRAIL_REGISTRY_ANSWER'
  /** The Kafka client is not built for this Node, or does not load. */
  | 'CONNTRAIL_KAFKA_CLIENT'
  /** No broker answers. */
  | 'CONNTRAIL_KAFKA_UNREACHABLE'
  /** A broker takes user and password, token or client certificate for wrong. */
  | 'CONNTRAIL_KAFKA_CREDENTIALS'
  /** A broker's certificate is not one to trust, or it does not speak TLS. */
  | 'CONNTRAIL_KAFKA_TLS'
  /** A topic is absent and not to be made, or its partitions are not what they were. */
  | 'CONNTRAIL_KAFKA_TOPIC'
  /** A broker knows us, and does not let us do what it takes. */
  | 'CONNTRAIL_KAFKA_RIGHTS'
  /** A broker refuses records for good: they are kept as dead letters. */
  | 'CONNTRAIL_KAFKA_REFUSED'
  /** A broker acknowledged records at offsets that cannot be: they are sent again. */
  | 'CONNTRAIL_KAFKA_OFFSETS'
  /** The process that sends ended before it was told to. */
  | 'CONNTRAIL_KAFKA_SENDER'
  /** The operation was aborted by its AbortSignal. */
  | 'CONNTRAIL_ABORTED';

/** An error with a stable code and one sentence that says what to do; `cause` keeps the original. */
export class ConntrailError extends Error {
  override readonly name = 'ConntrailError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How the system names a failure: ENOSPC; of one without a code, what it says. */
export function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? String(cause);
}
