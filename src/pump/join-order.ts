import type { FrameView } from '../frames/frame-view.js';
import { FRAME, MARK } from '../frames/layout.gen.js';
import { u64 } from '../frames/words.js';

/** How long a frame may wait for facts, ms. */
export const HELD_MS = 50;
const NS_PER_MS = 1e6;
const KINDS = 1 << 16;
const ORDERED = -1;

/** Up to when everything is in a source of facts, where that can be seen without its reader: boot clock, ns; 0: not now. */
export type Told = () => number;

/**
 * Facts before the records they explain: a frame of a joining kind is taken once every source of facts has told everything up to the time at
 * which that frame was read. Where that cannot be seen from here, the source's marks say so. No source of facts stops the stream: what has
 * waited for `HELD_MS` goes on, and is counted. Sources are numbered as the pump serves them, those of facts first; they themselves are never
 * held, since their marks lie behind their frames. Nothing is allocated per frame.
 */
export class JoinOrder {
  /** By kind: 1 = its records take joins. */
  readonly #joins = new Uint8Array(KINDS);
  readonly #facts: number;
  readonly #told: readonly (Told | undefined)[];
  /** Of each source of facts: boot clock, ns, up to which it has told everything. */
  readonly #marks: Float64Array;
  #lowest: number;
  /** Of each: what it holds everything up to. That becomes its mark when it was drained. */
  readonly #holds: Float64Array;
  /** A frame that was held only waits for frames of facts that are here. */
  #again = false;
  /** By source of facts: 1 = it had nothing when it was asked last, in this turn. */
  readonly #dry: Uint8Array;
  /** By source: 1 = its next frame waits. */
  readonly #held: Uint8Array;
  /** By source: since when it has not brought a frame in order, on our clock, ms; or ORDERED. */
  readonly #since: Float64Array;
  readonly #now: () => number;
  readonly #unordered: (frame: FrameView) => void;
  #serving = 0;
  #wait = HELD_MS;
  /** Boot clock less ours, ms: at least so much, as frames have told. */
  #ahead = Number.NEGATIVE_INFINITY;
  #ended = false;

  /**
   * @param kinds of frames whose records take joins
   * @param told one for each source of facts; undefined: its marks alone tell
   * @param sources how many sources there are in all
   * @param unordered is called with a frame that goes on before its facts, before it is taken
   * @param now a monotonic clock, ms
   */
  constructor(
    kinds: Iterable<number>,
    told: readonly (Told | undefined)[],
    sources: number,
    unordered: (frame: FrameView) => void,
    now: () => number = () => performance.now(),
  ) {
    for (const kind of kinds) this.#joins[kind] = 1;
    const facts = told.length;
    this.#facts = facts;
    this.#told = told;
    this.#marks = new Float64Array(facts);
    this.#holds = new Float64Array(facts);
    this.#lowest = facts === 0 ? Number.POSITIVE_INFINITY : 0;
    this.#dry = new Uint8Array(facts);
    this.#held = new Uint8Array(sources);
    this.#since = new Float64Array(sources).fill(ORDERED);
    this.#unordered = unordered;
    this.#now = now;
  }

  /** Whether the next frame of this source waits. */
  isHeld(source: number): boolean {
    return this.#held[source] === 1;
  }

  get anyHeld(): boolean {
    return this.#held.includes(1);
  }

  /** ms until one of those that wait goes on, whatever the marks say. */
  get wait(): number {
    return this.#wait;
  }

  /** Producers have ended: a source that has nothing any more has told everything it will. */
  end(): void {
    this.#ended = true;
  }

  /** Before a turn. */
  turn(): void {
    this.#wait = HELD_MS;
    this.#dry.fill(0);
  }

  /** Before `source` is drained. */
  serve(source: number): void {
    this.#serving = source;
    this.#held[source] = 0;
  }

  /**
   * After it was.
   * @param took frames
   * @param drained whether it had no more than those
   * @returns whether the sources are to be served once more, though this one brought nothing
   */
  served(took: number, drained: boolean): boolean {
    const again = this.#again;
    this.#again = false;
    if (this.#serving < this.#facts) {
      this.#dry[this.#serving] = took === 0 ? 1 : 0;
      if (drained) this.#vouch(this.#serving, this.#holds[this.#serving]!);
    }
    return again;
  }

  /** Takes in a MARK frame of the source that is served. */
  mark(frame: FrameView): void {
    if (this.#serving >= this.#facts || frame.length !== MARK.size) return;
    this.#compare(bootNs(frame), this.#now());
    this.#vouch(this.#serving, u64(frame.u32, (frame.start + MARK.boot_ns) >>> 2));
  }

  /** Whether this frame, the next one of the source that is served, may be taken. */
  readonly admit = (frame: FrameView): boolean => {
    if (this.#serving < this.#facts || this.#joins[frame.kind] === 0) return true;
    if (bootNs(frame) > this.#lowest) return this.#goesOn(frame);
    this.#since[this.#serving] = ORDERED;
    return true;
  };

  #vouch(source: number, until: number): void {
    // A source cannot take back what it vouched for.
    if (until <= this.#marks[source]!) return;
    this.#marks[source] = until;
    this.#lowest = Number.POSITIVE_INFINITY;
    for (let each = 0; each < this.#facts; each++) this.#lowest = Math.min(this.#lowest, this.#marks[each]!);
  }

  /** Whether all sources of facts hold what was told up to then: they need to be drained only. */
  #isHere(read: number): boolean {
    for (let source = 0; source < this.#facts; source++) {
      if (this.#marks[source]! >= read) continue;
      if (this.#holds[source]! < read) this.#holds[source] = this.#told[source]?.() ?? 0;
      if (this.#holds[source]! < read) return false;
    }
    return true;
  }

  #goesOn(frame: FrameView): boolean {
    const now = this.#now();
    const read = bootNs(frame);
    this.#compare(read, now);
    if (this.#isHere(read)) {
      this.#again = true;
      return false;
    }
    if (this.#since[this.#serving] === ORDERED) this.#since[this.#serving] = now;
    const age = now + this.#ahead - read / NS_PER_MS;
    const waited = now - this.#since[this.#serving]!;
    // What is old because we are slow is not late: it waits from when it was seen first. What comes behind it has waited with it.
    const left = HELD_MS - Math.min(age, waited);
    if (left > 0 && !(this.#ended && !this.#dry.includes(0))) {
      this.#held[this.#serving] = 1;
      this.#wait = Math.min(this.#wait, left);
      return false;
    }
    this.#unordered(frame);
    return true;
  }

  #compare(bootNs: number, now: number): void {
    this.#ahead = Math.max(this.#ahead, bootNs / NS_PER_MS - now);
  }
}

/** When the frame's source wrote it, boot clock, ns. */
function bootNs({ u32, start }: FrameView): number {
  return u64(u32, (start - FRAME.size + FRAME.boot_ns) >>> 2);
}
