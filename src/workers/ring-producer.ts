import { FRAME, FRAME_PAD } from '../frames/layout.gen.js';
import {
  RING_HEADER_BYTES,
  RING_STATE,
  ringCapacity,
  WORD_DROPPED_FRAMES,
  WORD_DROPPED_RECORDS,
  WORD_HEAD,
  WORD_STATE,
  WORD_TAIL,
  WORD_WAITING,
} from './ring-layout.js';

/** What a producer does when the ring is full: drop the frame and count it, or wait for the consumer. */
export type OverflowPolicy = 'drop' | 'block';

/**
 * The producer's end of one shared ring, in TypeScript: for tests, benchmarks and replay through a ring. The live producer is native
 * and keeps the same protocol. Single producer.
 */
export class RingProducer {
  readonly #words: Int32Array;
  readonly #u8: Uint8Array;
  readonly #u32: Uint32Array;
  readonly #capacity: number;
  readonly #source: number;
  readonly #policy: OverflowPolicy;
  #head: number;
  #seq = 0;
  /** Boot clock, ns, of the frames that follow: low and high word. */
  bootLow = 0;
  bootHigh = 0;

  /**
   * @param source index of the reader it stands for
   * @throws ConntrailError CONNTRAIL_RING_CORRUPT when the memory is no ring
   */
  constructor(ring: SharedArrayBuffer, source: number, policy: OverflowPolicy = 'drop') {
    this.#capacity = ringCapacity(ring);
    this.#words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
    this.#u8 = new Uint8Array(ring);
    this.#u32 = new Uint32Array(ring);
    this.#source = source;
    this.#policy = policy;
    this.#head = Atomics.load(this.#words, WORD_HEAD);
    // One that was asked to stop before it began stays so.
    Atomics.compareExchange(this.#words, WORD_STATE, RING_STATE.starting, RING_STATE.running);
  }

  /** Whether the consumer asked for an end. */
  get stopping(): boolean {
    return Atomics.load(this.#words, WORD_STATE) === RING_STATE.stopping;
  }

  /** Bytes of frames that it holds at most. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Whether frames of payloads of so many bytes in all find room, wherever the ring's end lies. */
  hasRoom(payload: number, frames = 1): boolean {
    const tail = Atomics.load(this.#words, WORD_TAIL);
    return this.#capacity - ((this.#head - tail) >>> 0) >= 2 * (payload + frames * (FRAME.size + 8));
  }

  /**
   * Writes one frame.
   * @param fresh units in it that no earlier frame held
   * @param quiet the consumer takes it when it is awake for something else, or `wake` is called
   * @returns false when there was no room: the frame is counted and its number is skipped
   */
  write(kind: number, payload: Uint8Array, fresh = 0, quiet = false): boolean {
    const size = FRAME.size + ((payload.length + 7) & ~7);
    const offset = this.#head & (this.#capacity - 1);
    const toEnd = this.#capacity - offset;
    const filler = toEnd < size ? toEnd : 0;
    if (size > this.#capacity || !this.#room(size + filler)) {
      this.#seq = (this.#seq + 1) >>> 0;
      Atomics.add(this.#words, WORD_DROPPED_FRAMES, 1);
      Atomics.add(this.#words, WORD_DROPPED_RECORDS, fresh);
      return false;
    }
    if (filler) this.#u32[(RING_HEADER_BYTES + offset) >>> 2] = FRAME_PAD;
    const at = RING_HEADER_BYTES + (filler ? 0 : offset);
    this.#u32[at >>> 2] = payload.length;
    this.#u32[(at >>> 2) + 1] = kind | (this.#source << 16);
    this.#u32[(at >>> 2) + 2] = this.#seq;
    this.#u32[(at >>> 2) + 3] = fresh;
    this.#u32[(at >>> 2) + 4] = this.bootLow;
    this.#u32[(at >>> 2) + 5] = this.bootHigh;
    this.#u8.set(payload, at + FRAME.size);
    this.#seq = (this.#seq + 1) >>> 0;
    this.#head = (this.#head + filler + size) | 0;
    // Sequentially consistent: pairs with the consumer's load of head, and orders it before the look at waiting.
    Atomics.store(this.#words, WORD_HEAD, this.#head);
    if (!quiet) this.wake();
    return true;
  }

  /** Wakes a consumer that waits. */
  wake(): void {
    // Pairs with the consumer's store of 1 before its last look at head: one wake per idle→busy edge.
    if (Atomics.load(this.#words, WORD_WAITING) === 1 && Atomics.exchange(this.#words, WORD_WAITING, 0) === 1) {
      Atomics.notify(this.#words, WORD_WAITING);
    }
  }

  /** Tells the consumer that nothing follows. */
  end(): void {
    Atomics.store(this.#words, WORD_STATE, RING_STATE.stopped);
    Atomics.store(this.#words, WORD_WAITING, 0);
    Atomics.notify(this.#words, WORD_WAITING);
  }

  #room(need: number): boolean {
    for (;;) {
      // Acquire: pairs with the consumer's store of tail after it read the frames.
      const tail = Atomics.load(this.#words, WORD_TAIL);
      if (this.#capacity - ((this.#head - tail) >>> 0) >= need) return true;
      if (this.#policy === 'drop') return false;
      // The consumer never notifies on tail (it would cost every drain); the short time-out is the poll.
      Atomics.wait(this.#words, WORD_TAIL, tail, 1);
    }
  }
}
