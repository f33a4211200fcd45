import { type Observable, Subject, type Subscription } from 'rxjs';
import { BatchMemory } from '../connections/batch-memory.js';
import { ClientOutput } from '../connections/client-output.js';
import { ConnectionTable, DEFAULT_MAX_CONNECTIONS, type TableCounters } from '../connections/connection-table.js';
import { PipelineCounts } from '../connections/counts.js';
import { dedup } from '../connections/dedup.js';
import { encode, type WallClock } from '../connections/encode.js';
import type { ConnectionFilter } from '../connections/filter.js';
import { FilterMatcher } from '../connections/filter-matcher.js';
import { MAX_BOOT_NS, MAX_WALL_OFFSET_US } from '../connections/range.js';
import { RecordBatch } from '../connections/record-batch.js';
import { select } from '../connections/select.js';
import { SelfTest } from '../connections/self-test.js';
import { track } from '../connections/track.js';
import { ConntrailError } from '../errors.js';
import type { FrameView } from '../frames/frame-view.js';
import { CLOCK, FLUSH, FRAME_KIND, SNAPSHOT_MARK } from '../frames/layout.gen.js';
import { SourceGaps } from '../frames/source-gaps.js';
import { LedgerAccount, type LedgerTotals, nothing } from '../ledger/ledger-account.js';
import { type ReaderSums, ReaderTotals } from '../ledger/reader-totals.js';
import type { Client } from './client.js';

export interface PipelineOptions {
  /** Name of the traced host, in every record. */
  host: string;
  /** Boot id of the traced host, in every record. */
  bootId: string;
  /** Whoever takes records from the first frame on. */
  clients?: readonly Client[];
  /** Which connections leave; all by default. */
  filter?: ConnectionFilter | undefined;
  /** Most entries of the connection table; 1,048,576 by default. */
  maxConnections?: number;
  /** CPUs there can be; batches of others are discarded and counted. 8192, the most Linux has, by default. */
  cpus?: number;
  /** Bytes a client may hold back before flushes of open connections are delayed; 8 MiB by default. */
  credit?: number;
}

/** Counters since the start; see the types named for units. */
export interface PipelineStatistics {
  pipeline: Readonly<PipelineCounts>;
  table: Readonly<TableCounters>;
  readers: ReaderSums;
  /** Connections remembered: open ones that were reported, and closed ones; bytes of both. */
  open: number;
  buried: number;
  tableBytes: number;
  clients: { name: string; written: number; dropped: number; backlog: number }[];
}

const MAX_CPUS = 8192;
const CREDIT_BYTES = 8 << 20;
/** A step of the wall clock that is believed; smaller ones are two readers reading at different instants. */
const WALL_STEP_US = 500;
const HIGH = 4294967296;

/**
 * From frames to records. A pure function of the frames and the options: it looks at no clock, file or kernel, so that the same frames
 * give the same records, live and replayed. Synchronous; everything a frame causes has happened when `push` returns.
 */
export class Pipeline {
  readonly #host: Uint8Array;
  readonly #bootId: Uint8Array;
  readonly #options: PipelineOptions;
  readonly #counts = new PipelineCounts();
  readonly #table: ConnectionTable;
  readonly #memory: BatchMemory;
  readonly #selfTest = new SelfTest();
  readonly #gaps = new SourceGaps();
  readonly #readers = new ReaderTotals();
  readonly #wall: WallClock = { offsetUs: 0 };
  readonly #batch = new RecordBatch();
  readonly #outputs: ClientOutput[] = [];
  readonly #accounts = new Map<ClientOutput, LedgerAccount>();
  /** Clients to remove before the next frame: one may go while its records are being given out. */
  readonly #leaving: ClientOutput[] = [];
  readonly #frames = new Subject<FrameView>();
  readonly #batches = new Subject<RecordBatch>();
  readonly #subscription: Subscription;
  #clockKnown = false;
  #nowNs = 0;
  #gapsAtBegin = 0;
  #failure: ConntrailError | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const encoder = new TextEncoder();
    this.#host = encoder.encode(options.host);
    this.#bootId = encoder.encode(options.bootId);
    this.#table = new ConnectionTable(options.maxConnections ?? DEFAULT_MAX_CONNECTIONS);
    this.#memory = new BatchMemory(options.cpus ?? MAX_CPUS);
    for (const client of options.clients ?? []) this.addClient(client);
    const matcher = options.filter && new FilterMatcher(options.filter);
    this.#subscription = this.#frames
      .pipe(
        dedup(this.#memory, this.#counts, this.#batch),
        select(matcher, this.#selfTest),
        track(this.#table),
        encode(this.#outputs, this.#counts, this.#wall),
      )
      .subscribe({
        next: (batch) => {
          if (this.#batches.observed) this.#batches.next(batch);
        },
        error: (error) => this.#fail(error),
      });
  }

  /**
   * Hook groups (HOOK_GROUP) that the self-test proved live, each once. Completes with the pipeline.
   */
  get proofs$(): Observable<number> {
    return this.#selfTest.proofs$;
  }

  /** Batches after their records were given to the clients; each is valid during the emission only. */
  get batches$(): Observable<RecordBatch> {
    return this.#batches.asObservable();
  }

  /** Whether every client can take deltas of open connections now: the pump asks before it writes a FLUSH frame. */
  get creditOpen(): boolean {
    const limit = this.#options.credit ?? CREDIT_BYTES;
    for (const { client } of this.#outputs) if (client.writer.backlog > limit) return false;
    return true;
  }

  /**
   * Takes one frame; the view is not kept.
   * @throws ConntrailError CONNTRAIL_PIPELINE when an operator failed, then and at every later call
   */
  push(frame: FrameView): void {
    if (this.#failure) throw this.#failure;
    if (this.#leaving.length > 0) this.#leave();
    this.#gaps.note(frame.source, frame.seq);
    this.#control(frame);
    this.#frames.next(frame);
    if (this.#failure) throw this.#failure;
  }

  /** Tells every client to hand on what it has buffered: the source of frames ran dry. Changes no record. */
  drained(): void {
    if (this.#leaving.length > 0) this.#leave();
    for (const { client } of this.#outputs) client.writer.push();
  }

  /**
   * Adds a client that was told nothing yet: its first record of a connection carries all of it. Its ledger begins now.
   * @returns removes it, before the next frame
   * @throws ConntrailError CONNTRAIL_OPTION when there are eight clients already
   */
  addClient(client: Client): () => void {
    const column = this.#table.addClient();
    if (column < 0) throw new ConntrailError('CONNTRAIL_OPTION', 'Use at most eight sinks and subscribers at a time.');
    this.#table.prepare(this.#batch);
    const output = new ClientOutput(client, column, this.#host, this.#bootId);
    this.#outputs.push(output);
    if (this.#clockKnown) this.#open(output, this.#totals(output));
    return () => this.#leaving.push(output);
  }

  get statistics(): PipelineStatistics {
    return {
      pipeline: { ...this.#counts, missingFrames: this.#gaps.missing },
      table: { ...this.#table.counters },
      readers: this.#readers.sums(),
      open: this.#table.open,
      buried: this.#table.buried,
      tableBytes: this.#table.bytes,
      clients: this.#outputs.map(({ client, written, dropped }) => ({
        name: client.name,
        written,
        dropped,
        backlog: client.writer.backlog,
      })),
    };
  }

  /** Ends the streams; `push` must not be called any more. */
  close(): void {
    this.#subscription.unsubscribe();
    this.#selfTest.complete();
    this.#batches.complete();
  }

  #control(frame: FrameView): void {
    switch (frame.kind) {
      case FRAME_KIND.clock:
        if (frame.length !== CLOCK.size) this.#counts.invalidFrames++;
        else this.#clock(frame);
        return;
      case FRAME_KIND.snapshot_begin:
        if (frame.length !== SNAPSHOT_MARK.size) this.#counts.invalidFrames++;
        else {
          this.#gapsAtBegin = this.#gaps.missing;
          this.#table.snapshotBegin(frame.u32[(frame.start + SNAPSHOT_MARK.id) >>> 2]!);
        }
        return;
      case FRAME_KIND.snapshot_end:
        if (frame.length !== SNAPSHOT_MARK.size) this.#counts.invalidFrames++;
        else this.#snapshotEnd(frame);
        return;
      case FRAME_KIND.counters:
        if (!this.#readers.accept(frame)) this.#counts.invalidFrames++;
        else this.#table.readUntil(this.#readers.readNs);
        return;
      case FRAME_KIND.flush:
        if (frame.length !== FLUSH.size) this.#counts.invalidFrames++;
        else this.#flush(frame);
        return;
      case FRAME_KIND.selftest:
        if (!this.#selfTest.add(frame)) this.#counts.invalidFrames++;
        return;
    }
  }

  #clock({ u32, start }: FrameView): void {
    const at = start >>> 2;
    const wall = (start + CLOCK.wall_offset_us) >>> 2;
    const offsetUs = u32[wall]! + (u32[wall + 1]! | 0) * HIGH;
    const bootNs = u32[at]! + u32[at + 1]! * HIGH;
    if (bootNs >= MAX_BOOT_NS || Math.abs(offsetUs) > MAX_WALL_OFFSET_US) {
      this.#counts.invalidFrames++;
      return;
    }
    if (!this.#clockKnown || Math.abs(offsetUs - this.#wall.offsetUs) > WALL_STEP_US) this.#wall.offsetUs = offsetUs;
    // Readers' clock frames may overtake each other by their rings; the frames' clock never goes back.
    this.#nowNs = Math.max(this.#nowNs, bootNs);
    this.#memory.clock(this.#nowNs);
    this.#table.clock(this.#nowNs);
    if (this.#clockKnown) return;
    this.#clockKnown = true;
    for (const output of this.#outputs) this.#open(output, nothing(this.#readers.sums()));
  }

  #snapshotEnd({ u32, start }: FrameView): void {
    const at = start >>> 2;
    const beginNs = u32[at]! + u32[at + 1]! * HIGH;
    // A row that found no room in the ring is missing without being gone.
    const whole = this.#gaps.missing === this.#gapsAtBegin;
    const full = u32[at + (SNAPSHOT_MARK.full >>> 2)] === 1 && whole;
    this.#table.snapshotEnd(beginNs, u32[at + (SNAPSHOT_MARK.id >>> 2)]!, full);
  }

  #flush({ u32, start }: FrameView): void {
    const at = start >>> 2;
    // A reader that died has not drained its CPUs: the run did not end in order, whatever the pump says.
    const drained = this.#readers.readers === 0 || this.#readers.final;
    const final = u32[at + (FLUSH.final >>> 2)] === 1 && drained;
    const bootNs = u32[at]! + u32[at + 1]! * HIGH;
    if (bootNs >= MAX_BOOT_NS) {
      this.#counts.invalidFrames++;
      return;
    }
    const end = this.#utcUs(bootNs);
    for (const output of this.#outputs) {
      const totals = this.#totals(output);
      const account = this.#accounts.get(output) ?? this.#open(output, nothing(totals.readers));
      const { host, bootId } = this.#options;
      output.client.writer.ledger(account.close(totals, { host, bootId, final, end }));
    }
    this.#table.deltasOpen = u32[at + (FLUSH.deltas >>> 2)] === 1;
  }

  #open(output: ClientOutput, totals: LedgerTotals): LedgerAccount {
    const account = new LedgerAccount(this.#utcUs(this.#nowNs), totals);
    this.#accounts.set(output, account);
    return account;
  }

  #totals({ written, dropped, seq }: ClientOutput): LedgerTotals {
    const { enqueued, filtered, selfTest, discarded } = this.#counts;
    return {
      readers: this.#readers.sums(),
      pipeline: { enqueued, filtered, selfTest, discarded },
      sink: { written, dropped, seq },
    };
  }

  #utcUs(bootNs: number): number {
    return Math.floor(bootNs / 1000) + this.#wall.offsetUs;
  }

  #leave(): void {
    for (const output of this.#leaving.splice(0)) {
      const at = this.#outputs.indexOf(output);
      if (at < 0) continue;
      this.#outputs.splice(at, 1);
      this.#accounts.delete(output);
      this.#table.removeClient(output.column);
    }
  }

  #fail(error: unknown): void {
    this.#failure = new ConntrailError(
      'CONNTRAIL_PIPELINE',
      'The pipeline failed on a frame; report this with a recording.',
      {
        cause: error,
      },
    );
  }
}
