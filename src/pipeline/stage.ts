import type { Observer } from 'rxjs';
import type { RecordIdentity } from '../encoding/record-identity.js';
import type { FrameView } from '../frames/frame-view.js';
import type { SourceGaps } from '../frames/source-gaps.js';
import type { Row } from '../ledger/row.js';
import type { ClientPorts } from './client-ports.js';
import type { Join } from './join.js';
import type { Proofs } from './proofs.js';
import type { StreamClock } from './stream-clock.js';

/** What a stage is given of the pipeline it runs in. */
export interface StageContext {
  readonly clock: StreamClock;
  /** Its ledger row, counted in place. */
  readonly row: Row;
  /** Offered by the features before it, for its records. */
  readonly joins: readonly Join[];
  readonly proofs: Proofs;
  /** Frames that never arrived, of all sources. */
  readonly gaps: SourceGaps;
  /** Possible CPUs of the traced host. */
  readonly cpus: number;
  readonly identity: RecordIdentity;
  /** What the feature's `prepare` gave; undefined when it has none. */
  readonly prepared: unknown;
}

/**
 * The pure half of a feature, at work: frames in, records out. It looks at no clock, file or kernel; everything a frame causes has happened
 * when its observer returns.
 */
export interface Stage {
  /** Heads of its chains, by kind of frame. A chain that fails ends the pipeline. */
  readonly inputs: readonly (readonly [kind: number, observer: Pick<Observer<FrameView>, 'next'>])[];
  /** What it offers to the records of features behind it. */
  readonly joins: readonly Join[];
  /** A client that was told nothing yet. `slot` is below MAX_CLIENTS and free again after `detach`. */
  attach(slot: number, ports: ClientPorts): void;
  detach(slot: number): void;
  /** The clock moved: time-outs; a bounded slice of work. */
  clock(): void;
  /**
   * An interval ends: periodic records, before the ledger closes it. Work beyond a slice is left to `proceed`.
   * @param deltas whether clients can take records of what goes on (the credit gate)
   * @param final whether the run ends: what waits is told or counted now
   */
  flush(deltas: boolean, final: boolean): void;
  /** A further slice of what `flush` began, on the frames that follow; returns whether more is left. Absent: flush does it all. */
  proceed?(): boolean;
  /** Every source of the feature has told all that it held at this time of the boot clock. */
  readUntil?(bootNs: number): void;
  /** Counters of its own, for statistics. `impossible`: what brought no unit and cannot be; with units, it is discarded by that name. */
  readonly statistics: Readonly<Record<string, unknown>>;
  close(): void;
}
