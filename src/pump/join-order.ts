import type { FrameView } from '../frames/frame-view.js';
import { FRAME, MARK } from '../frames/layout.gen.js';
import { u64 } from '../frames/words.js';

/** How long a frame may wait for facts, ms. */
export const HELD_MS = 50;
const NS_PER_MS = 1e6;
const FEATURES = 256;
const ORDERED = -1;

/**
 * Facts before the records they explain: a frame of a joining feature is taken once every source of facts has vouched, by a mark, for
 * everything up to the time at which that frame was read. No source of facts stops the stream: what has waited for `HELD_MS` goes on, and is
 * counted. Sources are numbered as the pump serves them, those of facts first; they themselves are never held, since their marks lie behind
 * their frames. Nothing is allocated per frame.
 */
export class JoinOrder {
  /** By feature: 1 = its records take joins. */
  readonly #joins = new Uint8Array(FEATURES);
  readonly #facts: number;
  /** Of each source of facts: boot clock, ns, up to which it has told everything. */
  readonly #marks: Float64Array;
  #lowest: number;
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
   * @param features whose records take joins
   * @param facts how many sources of facts there are
   * @param sources how many sources there are in all
   * @param unordered is called with a frame that goes on before its facts, before it is taken
   * @param now a monotonic clock, ms
   */
  constructor(
    features: Iterable<number>,
    facts: number,
    sources: number,
    unordered: (frame: FrameView) => void,
    now: () => number = () => performance.now(),
  ) {
    for (const feature of features) this.#joins[feature] = 1;
    this.#facts = facts;
    this.#marks = new Float64Array(facts);
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

  /** After it was, of `took` frames. */
  served(took: number): void {
    if (this.#serving < this.#facts) this.#dry[this.#serving] = took === 0 ? 1 : 0;
  }

  /** Takes in a MARK frame of the source that is served. */
  mark(frame: FrameView): void {
    if (this.#serving >= this.#facts || frame.length !== MARK.size) return;
    this.#compare(bootNs(frame), this.#now());
    const mark = u64(frame.u32, (frame.start + MARK.boot_ns) >>> 2);
    // A source cannot take back what it vouched for.
    if (mark > this.#marks[this.#serving]!) this.#marks[this.#serving] = mark;
    this.#lowest = Number.POSITIVE_INFINITY;
    for (let source = 0; source < this.#facts; source++) this.#lowest = Math.min(this.#lowest, this.#marks[source]!);
  }

  /** Whether this frame, the next one of the source that is served, may be taken. */
  readonly admit = (frame: FrameView): boolean => {
    if (this.#serving < this.#facts || this.#joins[frame.kind >>> 8] === 0) return true;
    if (bootNs(frame) > this.#lowest) return this.#goesOn(frame);
    this.#since[this.#serving] = ORDERED;
    return true;
  };

  #goesOn(frame: FrameView): boolean {
    const now = this.#now();
    const read = bootNs(frame);
    this.#compare(read, now);
    if (this.#since[this.#serving] === ORDERED) this.#since[this.#serving] = now;
    const age = now + this.#ahead - read / NS_PER_MS;
    const waited = now - this.#since[this.#serving]!;
    const dry = !this.#dry.includes(0);
    // A frame that is old because we are slow is not late as long as there are facts that we have not taken either.
    const left = HELD_MS - (dry ? age : Math.min(age, waited));
    if (left > 0 && !(dry && this.#ended)) {
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
