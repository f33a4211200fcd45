import { ConntrailError } from '../errors.js';
import type { FrameSource } from '../frames/frame-source.js';
import { type FrameView, PUMP } from '../frames/frame-view.js';
import { CLOCK, CORE_KIND, FLUSH, FRAME, UNORDERED } from '../frames/layout.gen.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { FlushClock } from './flush-clock.js';
import { JoinOrder, type Told } from './join-order.js';

/** One turn takes at most so many frames or so long, then lets the event loop breathe. */
const TURN_FRAMES = 256;
const TURN_MS = 4;
/** Frames taken from one source before the next has its turn. */
const SLICE_FRAMES = 16;
/** Looks at the sources even if nobody woke us, and keeps the process alive meanwhile: waitAsync does not. One wake-up a second. */
const SAFETY_MS = 1000;
/** How long it waits for a busy recorder before it asks again. */
const BUSY_MS = 5;
/** How long a recorder may be busy without a pause while the pump ends, by default. */
const RECORDER_PATIENCE_MS = 10_000;
const PAYLOAD_BYTES = 4096;
const HIGH = 4294967296;

export interface PumpOptions {
  sources: readonly FrameSource[];
  pipeline: Pick<Pipeline, 'push' | 'drained' | 'creditOpen'>;
  /** ms between flushes. */
  intervalMs: number;
  /** Is called with every frame before the pipeline sees it, those the pump writes included; the view is valid during the call. */
  recorder?: ((frame: FrameView) => void) | undefined;
  /** Whether the recorder can take no more for now: the pump waits, and what does not fit is lost, counted, in the rings. */
  recorderBusy?: (() => boolean) | undefined;
  /** Is called once when a source, the recorder or the pipeline fails; the pump stands still then. */
  failed: (error: unknown) => void;
  /** Is called when the recorder stayed busy while the pump ended: it is given no more frames, everybody else is. */
  recorderLeft?: ((error: ConntrailError) => void) | undefined;
  /** ms that it may stay busy then; 10,000 by default. */
  recorderPatienceMs?: number;
  /** Who waits for whom, when records take joins; otherwise every frame is taken as it comes. */
  joins?: JoinRule | undefined;
}

export interface FactSource {
  /** One of `sources`. */
  readonly frames: FrameSource;
  /** Absent: its marks alone tell how far it has come. */
  readonly told?: Told | undefined;
}

export interface JoinRule {
  /** Kinds of frames of which records are made that take joins that are on. */
  readonly kinds: ReadonlySet<number>;
  /** Those of facts. They are served first. */
  readonly factSources: readonly FactSource[];
  /** A monotonic clock, ms; the process's by default. */
  readonly now?: (() => number) | undefined;
}

/**
 * Pulls frames from all rings into the pipeline, in one order, which is the order of the recording. Writes FLUSH frames into the stream
 * where the frames' own clock says so. The only place of the data path that knows about time and the event loop.
 */
export class Pump {
  readonly #options: PumpOptions;
  readonly #sources: readonly FrameSource[];
  readonly #order: JoinOrder | undefined;
  readonly #flushClock: FlushClock;
  readonly #view: FrameView;
  readonly #queue: { kind: number; payload: Uint8Array }[] = [];
  #seq = 0;
  /** The source that is served next, so that none has to wait for others for longer than one slice each. */
  #next = 0;
  #recording = true;
  #ending = false;
  /** Since when the recorder has been busy while the pump ends, ms. */
  #busySince: number | undefined;
  #lastBootNs: readonly [number, number] = [0, 0];
  #running = false;
  #failed = false;
  #emitting = false;
  #scheduled: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Ends the sleep while frames wait for facts. */
  #heldTimer: NodeJS.Timeout | undefined;
  /** Frames pumped, its own included. */
  frames = 0;

  constructor(options: PumpOptions) {
    this.#options = options;
    const facts = options.joins?.factSources.map(({ frames }) => frames) ?? [];
    this.#sources = [...facts, ...options.sources.filter((source) => !facts.includes(source))];
    if (options.joins) {
      const { kinds, factSources, now } = options.joins;
      const told = factSources.map((each) => each.told);
      this.#order = new JoinOrder(kinds, told, this.#sources.length, this.#countUnordered, now);
    }
    this.#flushClock = new FlushClock(options.intervalMs);
    const memory = new ArrayBuffer(FRAME.size + PAYLOAD_BYTES);
    const [u8, u32] = [new Uint8Array(memory), new Uint32Array(memory)];
    this.#view = { kind: 0, source: PUMP, seq: 0, fresh: 0, u8, u32, start: FRAME.size, length: 0 };
  }

  /** Begins to pull. The process stays alive until `stop`. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#timer = setInterval(() => this.#schedule(), SAFETY_MS);
    this.#schedule();
  }

  /**
   * Writes a frame of its own into the stream, at once; from within an emission, right after it. What the recorder or the pipeline throws
   * at it goes to `failed`. Nothing is written after a failure.
   * @param payload a multiple of 8 bytes, at most a page
   * @throws RangeError when it is longer
   */
  inject(kind: number, payload: Uint8Array): void {
    if (payload.length > PAYLOAD_BYTES) throw new RangeError('the pump writes frames of at most one page');
    if (this.#failed) return;
    this.#queue.push({ kind, payload });
    if (!this.#emitting) this.#guard(() => this.#emitQueue());
  }

  /** From now on a recorder that stays busy is not waited for without end. */
  ending(): void {
    this.#ending = true;
  }

  /** Whether it stands still because of a failure. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Takes nothing more, and lets the process go; there is no final FLUSH. */
  abandon(): void {
    this.#failed = true;
    this.#end();
  }

  /**
   * Takes what the sources still hold, writes the final FLUSH, and lets the process go. The producers must have ended.
   */
  async stop(): Promise<void> {
    this.ending();
    this.#order?.end();
    if (!this.#running) return;
    while (!this.#failed) {
      if (this.#recorderIsBusy()) await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      else if (this.#turn()) break;
      else await new Promise((resolve) => setImmediate(resolve));
    }
    if (!this.#failed) {
      this.#guard(() => {
        this.#writeFlush(true, this.#options.pipeline.creditOpen);
        this.#options.pipeline.drained();
      });
    }
    this.#end();
  }

  #schedule = (): void => {
    if (this.#running && this.#scheduled === undefined) this.#scheduled = setImmediate(this.#run);
  };

  #run = (): void => {
    this.#scheduled = undefined;
    if (!this.#running) return;
    if (this.#recorderIsBusy()) {
      setTimeout(this.#schedule, BUSY_MS);
      return;
    }
    const dry = this.#turn();
    if (this.#failed || !this.#running) return;
    if (!dry || !this.#armAll()) this.#schedule();
  };

  /** One turn: a slice of each source after the other, from where the last turn left off. Returns whether none has a frame that may be taken. */
  #turn(): boolean {
    const { pipeline } = this.#options;
    const sources = this.#sources;
    const end = performance.now() + TURN_MS;
    let left = TURN_FRAMES;
    // Sources behind each other that had nothing.
    let dry = 0;
    this.#order?.turn();
    this.#guard(() => {
      while (dry < sources.length && left > 0 && performance.now() < end) {
        const took = this.#slice(this.#next);
        const again = this.#order?.served(took, took < SLICE_FRAMES) ?? false;
        this.#next = (this.#next + 1) % sources.length;
        left -= took;
        dry = took === 0 && !again ? dry + 1 : 0;
      }
      if (dry === sources.length) pipeline.drained();
    });
    return dry === sources.length;
  }

  #slice(place: number): number {
    const source = this.#sources[place]!;
    const order = this.#order;
    if (order === undefined) return source.drain(SLICE_FRAMES, this.#emit);
    order.serve(place);
    return source.drain(SLICE_FRAMES, this.#emit, order.admit);
  }

  /** Whether frames must wait for the recorder. It is the user's function, and may throw. */
  #recorderIsBusy(): boolean {
    const { recorderBusy, recorderLeft, recorderPatienceMs = RECORDER_PATIENCE_MS } = this.#options;
    if (recorderBusy === undefined || !this.#recording || this.#failed) return false;
    let busy = false;
    this.#guard(() => {
      busy = recorderBusy() === true;
    });
    if (!busy) {
      this.#busySince = undefined;
      return false;
    }
    if (!this.#ending) return true;
    const now = performance.now();
    this.#busySince ??= now;
    if (now - this.#busySince < recorderPatienceMs) return true;
    this.#recording = false;
    recorderLeft?.(
      new ConntrailError(
        'CONNTRAIL_BEHIND',
        `The recorder took nothing for ${recorderPatienceMs / 1000} s while the tracer was to end, so its recording ends early; record to a faster disk.`,
      ),
    );
    return false;
  }

  /** Sleeps until a source has something that may be taken. Returns false when one has it already. */
  #armAll(): boolean {
    const order = this.#order;
    let dry = true;
    for (const [place, source] of this.#sources.entries()) {
      // What has a frame that waits would say at once that it has something.
      if (order?.isHeld(place)) source.disarm();
      else dry = source.arm(this.#schedule) && dry;
    }
    clearTimeout(this.#heldTimer);
    if (dry && order?.anyHeld) this.#heldTimer = setTimeout(this.#schedule, order.wait);
    return dry;
  }

  #emit = (frame: FrameView): void => {
    this.#emitting = true;
    this.frames++;
    if (this.#recording) this.#options.recorder?.(frame);
    this.#options.pipeline.push(frame);
    if (frame.kind === CORE_KIND.clock && frame.length === CLOCK.size) this.#clock(frame);
    else if (frame.kind === CORE_KIND.mark) this.#order?.mark(frame);
    this.#emitting = false;
    if (this.#queue.length > 0) this.#emitQueue();
  };

  #clock({ u32, start }: FrameView): void {
    const low = u32[start >>> 2]!;
    const high = u32[(start >>> 2) + 1]!;
    const bootNs = low + high * HIGH;
    if (bootNs >= this.#lastBootNs[0] + this.#lastBootNs[1] * HIGH) this.#lastBootNs = [low, high];
    if (this.#flushClock.isDue(bootNs)) this.#writeFlush(false, this.#options.pipeline.creditOpen);
  }

  #writeFlush(final: boolean, deltas: boolean): void {
    const payload = new Uint32Array(FLUSH.size >>> 2);
    payload.set(this.#lastBootNs, FLUSH.boot_ns >>> 2);
    payload[FLUSH.final >>> 2] = final ? 1 : 0;
    payload[FLUSH.deltas >>> 2] = deltas ? 1 : 0;
    this.inject(CORE_KIND.flush, new Uint8Array(payload.buffer));
  }

  /** Into the stream, so that a replay counts the same. */
  #countUnordered = ({ kind, fresh }: FrameView): void => {
    if (fresh === 0) return;
    const at = this.#view.start >>> 2;
    this.#view.u32[at + (UNORDERED.feature >>> 2)] = kind >>> 8;
    this.#view.u32[at + (UNORDERED.units >>> 2)] = fresh;
    this.#emitOwn(CORE_KIND.unordered, UNORDERED.size);
  };

  #emitQueue(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      this.#view.u8.set(next.payload, FRAME.size);
      this.#emitOwn(next.kind, next.payload.length);
    }
  }

  /** The frame whose payload is in the pump's own view. */
  #emitOwn(kind: number, length: number): void {
    const view = this.#view;
    // What the pump writes, it knows from the frames before.
    view.u32.set(this.#lastBootNs, FRAME.boot_ns >>> 2);
    view.kind = kind;
    view.length = length;
    view.seq = this.#seq;
    this.#seq = (this.#seq + 1) >>> 0;
    this.#emit(view);
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#emitting = false;
      this.#queue.length = 0;
      this.#failed = true;
      this.#end();
      this.#options.failed(error);
    }
  }

  #end(): void {
    this.#running = false;
    clearInterval(this.#timer);
    clearTimeout(this.#heldTimer);
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    for (const source of this.#sources) source.disarm();
  }
}
