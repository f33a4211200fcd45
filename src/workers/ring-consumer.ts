import { ConntrailError } from '../errors.js';
import type { FrameSource } from '../frames/frame-source.js';
import type { FrameView } from '../frames/frame-view.js';
import { FRAME, FRAME_PAD } from '../frames/layout.gen.js';
import { RING_HEADER_BYTES, ringCapacity, WORD_HEAD, WORD_TAIL, WORD_WAITING } from './ring-layout.js';

/** Frames after which the freed space is given back to the producer; each store costs it a cache miss. */
const TAIL_EVERY = 64;

/**
 * The consumer's end of one shared ring. Single consumer; all methods on one thread.
 */
export class RingConsumer implements FrameSource {
  readonly #words: Int32Array;
  readonly #capacity: number;
  readonly #view: FrameView;
  #tail: number;
  #wait: Promise<unknown> | undefined;
  #armed = false;

  /** @throws ConntrailError CONNTRAIL_RING_CORRUPT when the memory is no ring */
  constructor(ring: SharedArrayBuffer) {
    this.#capacity = ringCapacity(ring);
    this.#words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
    this.#tail = Atomics.load(this.#words, WORD_TAIL);
    const u8 = new Uint8Array(ring);
    const u32 = new Uint32Array(ring);
    this.#view = { kind: 0, source: 0, seq: 0, fresh: 0, u8, u32, start: 0, length: 0 };
  }

  /** Bytes written and not yet drained. */
  get used(): number {
    return (Atomics.load(this.#words, WORD_HEAD) - this.#tail) >>> 0;
  }

  /**
   * @throws ConntrailError CONNTRAIL_RING_CORRUPT when a frame cannot be what its header says; what `emit` throws. The frame at fault
   *   stays in the ring.
   */
  drain(limit: number, emit: (frame: FrameView) => void, admit?: (frame: FrameView) => boolean): number {
    const words = this.#words;
    const view = this.#view;
    const capacity = this.#capacity;
    // Acquire: pairs with the producer's store of head after it wrote the frames.
    const head = Atomics.load(words, WORD_HEAD);
    let tail = this.#tail;
    let count = 0;
    try {
      while (count < limit && tail !== head) {
        const offset = tail & (capacity - 1);
        const available = (head - tail) >>> 0;
        const toEnd = capacity - offset;
        const at = (RING_HEADER_BYTES + offset) >>> 2;
        if (available > capacity || available & 7) this.#corrupt(tail, head, `${available} bytes filled`);
        const length = view.u32[at]!;
        if (length === FRAME_PAD) {
          if (toEnd > available) this.#corrupt(tail, head, 'filler beyond the head');
          tail = (tail + toEnd) | 0;
          continue;
        }
        // `length` is at most 2^32 - 2 here, so the sum is compared as a double and cannot wrap.
        const size = FRAME.size + length + (-length & 7);
        if (size > available || size > toEnd) this.#corrupt(tail, head, `a frame of ${size} bytes`);
        const kindAndSource = view.u32[at + 1]!;
        const kind = kindAndSource & 0xffff;
        if (kind === 0) this.#corrupt(tail, head, `a frame of kind ${kind}`);
        view.length = length;
        view.kind = kind;
        view.source = kindAndSource >>> 16;
        view.seq = view.u32[at + 2]!;
        view.fresh = view.u32[at + 3]!;
        view.start = RING_HEADER_BYTES + offset + FRAME.size;
        if (admit !== undefined && !admit(view)) break;
        emit(view);
        tail = (tail + size) | 0;
        // Release: pairs with the producer's load of tail, so that it overwrites only what has been read.
        if ((++count & (TAIL_EVERY - 1)) === 0) Atomics.store(words, WORD_TAIL, tail);
      }
    } finally {
      this.#tail = tail;
      Atomics.store(words, WORD_TAIL, tail);
    }
    return count;
  }

  arm(wake: () => void): boolean {
    this.#armed = true;
    // Sequentially consistent, as is the load after it: pairs with the producer's store of head followed by its look at waiting. One of
    // the two sees the other's store.
    Atomics.store(this.#words, WORD_WAITING, 1);
    if (Atomics.load(this.#words, WORD_HEAD) !== this.#tail) return false;
    if (this.#wait) return true;
    const wait = Atomics.waitAsync(this.#words, WORD_WAITING, 1);
    if (!wait.async) return false;
    this.#wait = wait.value.then(() => {
      this.#wait = undefined;
      if (this.#armed) wake();
    });
    return true;
  }

  disarm(): void {
    this.#armed = false;
    Atomics.store(this.#words, WORD_WAITING, 0);
    // Settles the promise of waitAsync, which would otherwise live as long as the ring.
    Atomics.notify(this.#words, WORD_WAITING);
  }

  #corrupt(tail: number, head: number, what: string): never {
    throw new ConntrailError(
      'CONNTRAIL_RING_CORRUPT',
      `A shared ring holds ${what} (tail ${tail >>> 0}, head ${head >>> 0}, capacity ${this.#capacity}); restart conntrail and report this.`,
    );
  }
}
