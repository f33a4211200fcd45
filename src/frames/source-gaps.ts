import { PUMP } from './frame-view.js';

/** Sources are readers, numbered from 0, and the pump: the last place. */
const PLACES = 1025;
/** Numbers wrap at 2^32: what is as far ahead is behind. */
const HALF = 2 ** 31;

/** Frames that never arrived, told by the running numbers of each source. */
export class SourceGaps {
  /** Number that comes next, per source; -1 before its first frame: a source begins at 0, but a recording may begin later. */
  readonly #next = new Float64Array(PLACES).fill(-1);
  /** Frames, all sources. */
  missing = 0;

  note(source: number, seq: number): void {
    const place = source === PUMP ? PLACES - 1 : Math.min(source, PLACES - 2);
    const next = this.#next[place]!;
    const skipped = next < 0 ? 0 : (seq - next) >>> 0;
    // One that was there before: nothing is missing, and what comes next is as it was.
    if (skipped >= HALF) return;
    this.missing += skipped;
    this.#next[place] = (seq + 1) >>> 0;
  }
}
