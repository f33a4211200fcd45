/**
 * conntrail as a library: traces every TCP and UDP conversation of this host.
 *
 * ```ts
 * import { openTracer } from 'conntrail';
 *
 * const tracer = await openTracer();
 * process.once('SIGINT', () => tracer.stop());
 * for await (const connection of tracer.connections()) {
 *   if (connection.state === 'closed') console.log(connection.process?.name, connection.total.sent_bytes);
 * }
 * ```
 * @module
 */

export type {
  AddressRange,
  ConnectionFilter,
  ConnectionTerms,
  FailureTerm,
  FilterEnd,
  PortRange,
} from './connections/filter.js';
export type { HookGroupName } from './connections/hooks.js';
export { ConntrailError, type ErrorCode } from './errors.js';
export type { FilterName, FilterText } from './filters/filter-text.js';
export { parseFilter } from './filters/settle-filter.js';
export type { HookGroupChange } from './kernel/canaries.js';
export type { HookGroup, HookProgram, RefusedRung } from './kernel/hook-groups.js';
export type { RefusedFeature } from './kernel/load-features.js';
export type { ProgramResult } from './native/index.js';
export type * from './record-objects.gen.js';
export type { RecordingHeader } from './recording/header.js';
export type { MissingFeature } from './recording/layouts.js';
export { openReplay, type Replay, type ReplayStatistics } from './replay.js';
export type { ReplayOptions } from './replay-options.js';
export { decodeKafkaMessage, type KafkaMessage } from './sinks/kafka/block-format.js';
export type { KafkaSpool } from './sinks/kafka/kafka-output.js';
export type { KafkaConfig } from './sinks/kafka/kafka-target.js';
export type { Notice } from './sinks/kafka/notices.js';
export { type KafkaOptions, openKafkaOutput } from './sinks/kafka/open-kafka-output.js';
export type { Output } from './sinks/output.js';
export type { RecordName } from './subscribed-type.js';
export { openTracer, type Tracer, type TracerStatistics } from './tracer.js';
export type { Logger, TracerOptions } from './tracer-options.js';
