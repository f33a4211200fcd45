import { HEAD_WORDS } from '../head.js';
import { SEGMENT } from '../layout.gen.js';
import { Links } from '../links.js';
import { type QueryKey, sameEnds } from '../queries/query-key.js';

const SOURCE = SEGMENT.source;
const DEVICE = SEGMENT.ifindex >>> 2;
const BUSY = 0;
const FREE = 1;
/** Most streams of a bucket: the one used longest ago goes. */
const MAX_STEPS = 64;

/** Directions of TCP connections, as they were seen at one place: by numbers from 1, those in use in the order of their last piece. */
export class StreamTable {
  /** `struct ct_dns_segment` of the last piece of each: that of stream `n` begins at byte `n * SEGMENT.size`. */
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly most: number;
  readonly #key: QueryKey;
  readonly #mask: number;
  readonly #buckets: Links;
  readonly #bucket: Uint32Array;
  readonly #ages: Links;
  count = 0;

  constructor(most: number, key: QueryKey) {
    this.most = most;
    this.#key = key;
    this.u8 = new Uint8Array((most + 1) * SEGMENT.size);
    this.u32 = new Uint32Array(this.u8.buffer);
    const buckets = 2 ** Math.ceil(Math.log2(2 * most));
    this.#mask = buckets - 1;
    this.#buckets = new Links(buckets, most);
    this.#bucket = new Uint32Array(most + 1);
    this.#ages = new Links(2, most);
    for (let stream = 1; stream <= most; stream++) this.#ages.append(FREE, stream);
  }

  /** The stream in use whose last piece is longest ago; 0: none is. */
  get eldest(): number {
    return this.#ages.first(BUSY);
  }

  /** Of this piece, its head at `start`; 0: there is none. */
  find(u32: Uint32Array, u8: Uint8Array, start: number): number {
    const at = start >>> 2;
    let stream = this.#buckets.first(this.#hash(u32, u8, start));
    for (let steps = 0; stream !== 0 && steps < MAX_STEPS; steps++, stream = this.#buckets.behind(stream)) {
      const own = stream * HEAD_WORDS;
      if (this.u8[stream * SEGMENT.size + SOURCE] !== u8[start + SOURCE]) continue;
      if (this.u32[own + DEVICE] === u32[at + DEVICE] && sameEnds(this.u32, own, u32, at)) return stream;
    }
    return 0;
  }

  /** Who has to make room for a stream of this piece; 0: nobody. */
  payer(u32: Uint32Array, u8: Uint8Array, start: number): number {
    const bucket = this.#hash(u32, u8, start);
    let steps = 0;
    for (let stream = this.#buckets.first(bucket); stream !== 0; stream = this.#buckets.behind(stream)) steps++;
    if (steps >= MAX_STEPS) return this.#buckets.last(bucket);
    return this.#ages.first(FREE) === 0 ? this.eldest : 0;
  }

  /** A stream of this piece, for which there is room. */
  add(u32: Uint32Array, u8: Uint8Array, start: number): number {
    const stream = this.#ages.first(FREE);
    const bucket = this.#hash(u32, u8, start);
    this.#ages.remove(FREE, stream);
    this.#ages.append(BUSY, stream);
    this.#bucket[stream] = bucket;
    this.#buckets.prepend(bucket, stream);
    this.count++;
    return stream;
  }

  /** Another piece of it. */
  touch(stream: number, u32: Uint32Array, start: number): void {
    for (let i = 0, w = stream * HEAD_WORDS, from = start >>> 2; i < HEAD_WORDS; i++) this.u32[w + i] = u32[from + i]!;
    this.#ages.remove(BUSY, stream);
    this.#ages.append(BUSY, stream);
  }

  remove(stream: number): void {
    this.#buckets.remove(this.#bucket[stream]!, stream);
    this.#ages.remove(BUSY, stream);
    this.#ages.append(FREE, stream);
    this.count--;
  }

  #hash(u32: Uint32Array, u8: Uint8Array, start: number): number {
    return this.#key.hash(u32, start >>> 2, u8[start + SOURCE]!, u32[(start >>> 2) + DEVICE]! & 0xffff) & this.#mask;
  }
}
