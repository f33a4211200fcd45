import type { z } from 'zod';
import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { FrameKind } from '../frames/frame-kind.js';
import type { RecordTable } from '../table/record-table.js';
import type { FeatureCheck } from './check.js';
import type { HookGroupSpec } from './hooks.js';
import type { LiveFeature } from './live-feature.js';
import type { Stage, StageContext } from './stage.js';

/** The cause that every feature discards units for first: their frame was not what its kind says. */
export const INVALID_FRAME = 'invalid_frame';

/**
 * A system that conntrail watches, declared once. This half is pure: replay, verify, schemas and documentation load it. Its live half, from
 * where its frames come, only the tracer loads.
 */
export interface Feature<O = unknown> {
  /** `oom_kill`: key in options and recordings, its ledger row, heading in documentation and doctor. */
  readonly name: string;
  /** enum ct_feature: the high byte of its kinds of frames and of its hook groups. */
  readonly id: number;
  /** One line for help, doctor and documentation. */
  readonly title: string;
  /** What its ledger row counts: `connections`. */
  readonly unit: string;
  /** LAYOUT_ID of its structs. */
  readonly layout: string;
  readonly kinds: readonly FrameKind[];
  /** Why units are lost in the kernel, in the order of `lost` in struct ct_account. */
  readonly causes: readonly string[];
  /** What its sources count beside, in the order of `notes`. */
  readonly notes: readonly string[];
  /** Why its stage may discard a unit; INVALID_FRAME first. */
  readonly discards: readonly string[];
  /** Those of `discards` that are no losses: nothing was missing, what came was not to be believed, or nothing at all. Absent: all are losses. */
  readonly setAside?: readonly string[];
  /** What it emits. */
  readonly records: readonly RecordType<RecordSource>[];
  /** Where it hooks into the kernel, and what each group gives. */
  readonly hooks: readonly HookGroupSpec[];
  /** Whether it runs unless it is asked not to. */
  readonly byDefault: boolean;
  /** Its options, each described. */
  readonly options: z.ZodType<O>;
  /** What these options need of other features, whose joins they are about. Absent: nothing. */
  requires?(options: O): readonly Requirement[];
  /** Features whose joins its records take. */
  readonly after: readonly string[];
  /**
   * Fetches what its stage needs that is neither in frames nor in options, such as a key or a list: once per run, before the stage, which
   * finds it in its context. Absent: it needs nothing.
   * @param replayed whether a recording is replayed, perhaps where a file that options name is not
   * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OPTION
   */
  prepare?(options: O, replayed: boolean): Promise<unknown>;
  stage(context: StageContext, options: O): Stage;
  live(): Promise<LiveFeature<O>>;
  /** How its records look in a table, for people; absent: it has none that are shown. */
  tables?(): Promise<readonly RecordTable[]>;
  /** How it runs alone; absent: it does not. */
  readonly check?: FeatureCheck;
}

/** A feature that must be on, and for what. */
export interface Requirement {
  readonly feature: string;
  /** `A filter by dns-name`: how the sentence begins that refuses the options. */
  readonly what: string;
}

/** A feature that runs, with its options. */
export interface EnabledFeature<O = unknown> {
  readonly feature: Feature<O>;
  readonly options: O;
  /** What its `prepare` gave. */
  readonly prepared?: unknown;
}
