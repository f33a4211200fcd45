import { type Observable, Subject } from 'rxjs';
import type { FrameView } from '../frames/frame-view.js';
import { SELFTEST } from '../frames/layout.gen.js';

/** Most sockets of one self-test; the tracer opens fewer than twenty. */
const MAX_SOCKETS = 256;
/** Buckets of the first look, which nearly every record ends at. */
const BUCKETS = 256;

/**
 * The sockets of the tracer's own self-test, and the hook groups they have proven. A group counts as live only after its proof; what a
 * proof is, its feature knows.
 */
export class Proofs {
  readonly #low = new Uint32Array(MAX_SOCKETS);
  readonly #high = new Uint32Array(MAX_SOCKETS);
  readonly #group = new Uint32Array(MAX_SOCKETS);
  readonly #buckets = new Uint8Array(BUCKETS);
  readonly #proven = new Set<number>();
  readonly #proofs = new Subject<number>();
  #count = 0;

  /** Numbers of hook groups, each once, when its proof arrives. */
  get proofs$(): Observable<number> {
    return this.#proofs.asObservable();
  }

  /** Takes in a SELFTEST frame. Returns false when it cannot be one. */
  add(frame: FrameView): boolean {
    if (frame.length % SELFTEST.size !== 0) return false;
    const sockets = frame.length / SELFTEST.size;
    if (this.#count + sockets > MAX_SOCKETS) return false;
    for (let i = 0; i < sockets; i++) {
      const at = (frame.start + i * SELFTEST.size) >>> 2;
      const low = frame.u32[at]!;
      this.#low[this.#count] = low;
      this.#high[this.#count] = frame.u32[at + 1]!;
      this.#group[this.#count++] = frame.u32[at + (SELFTEST.group >>> 2)]!;
      this.#buckets[low & (BUCKETS - 1)] = 1;
    }
    return true;
  }

  /** Whether a socket with this low word of its cookie may be of the self-test: false for nearly all others. */
  mayKnow(low: number): boolean {
    return this.#buckets[low & (BUCKETS - 1)] !== 0;
  }

  /** How many sockets there are, to be asked for by number. */
  get count(): number {
    return this.#count;
  }

  /** Whether socket `i` has this cookie. */
  is(i: number, low: number, high: number): boolean {
    return this.#low[i] === low && this.#high[i] === high;
  }

  /** The group that a record of socket `i` can prove. */
  group(i: number): number {
    return this.#group[i]!;
  }

  proven(group: number): boolean {
    return this.#proven.has(group);
  }

  /** The group is live. */
  prove(group: number): void {
    if (this.#proven.has(group)) return;
    this.#proven.add(group);
    this.#proofs.next(group);
  }

  complete(): void {
    this.#proofs.complete();
  }
}
