import { HEAD_WORDS } from '../head.js';
import { SEGMENT } from '../layout.gen.js';
import { finish, mix } from '../mix.js';
import { RCODE_SYMBOLS } from '../records/rcode-symbols.js';
import { LatencyBins } from './latency-bins.js';

const RCODES = RCODE_SYMBOLS.length;
/** Bins of latencies for each statistic, on average: most have a few. */
const BINS = 16;
/** Most statistics of a bucket: a further one has no room. */
const MAX_STEPS = 64;
/** Words of `struct ct_dns_segment` that say whose statistic it is, beside the server's port, the protocol and the family. */
const KEY = [
  SEGMENT.netns_cookie,
  SEGMENT.netns_cookie + 4,
  SEGMENT.netns_inode,
  ...[0, 4, 8, 12].flatMap((i) => [SEGMENT.local_address + i, SEGMENT.remote_address + i]),
].map((offset) => offset >>> 2);
const PORTS = SEGMENT.local_port >>> 2;
const KIND = SEGMENT.tcp_flags >>> 2;

/** Statistics of one interval: rows, from 1, by client, server, name and type. */
export class StatisticsTable {
  /** `struct ct_dns_segment` of the last query of each row. */
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly name: Uint32Array;
  readonly type: Uint16Array;
  /** Answers by place in enum DnsRcode; of a row from `row * RCODES` on. */
  readonly rcodes: Uint32Array;
  readonly timeOuts: Uint32Array;
  readonly givenUp: Uint32Array;
  readonly retries: Uint32Array;
  readonly success: LatencyBins;
  readonly failure: LatencyBins;
  readonly #buckets: Uint32Array;
  readonly #next: Uint32Array;
  readonly #seed: number;
  readonly #most: number;
  rows = 0;

  constructor(most: number, seed: number) {
    this.#most = most;
    this.#seed = seed;
    const rows = most + 1;
    this.u8 = new Uint8Array(rows * SEGMENT.size);
    this.u32 = new Uint32Array(this.u8.buffer);
    this.name = new Uint32Array(rows);
    this.type = new Uint16Array(rows);
    this.rcodes = new Uint32Array(rows * RCODES);
    this.timeOuts = new Uint32Array(rows);
    this.givenUp = new Uint32Array(rows);
    this.retries = new Uint32Array(rows);
    this.success = new LatencyBins(rows, rows * BINS);
    this.failure = new LatencyBins(rows, rows * BINS);
    this.#next = new Uint32Array(rows);
    this.#buckets = new Uint32Array(2 ** Math.ceil(Math.log2(2 * most)));
  }

  /** The row of a query whose head is at word `at`; 0: there is no room for it. */
  rowOf(u32: Uint32Array, at: number, name: number, type: number): number {
    const bucket = this.#hash(u32, at, name, type) & (this.#buckets.length - 1);
    let steps = 0;
    for (let row = this.#buckets[bucket]!; row !== 0; row = this.#next[row]!) {
      if (this.name[row] === name && this.type[row] === type && this.#is(row, u32, at)) return row;
      if (++steps === MAX_STEPS) return 0;
    }
    if (this.rows === this.#most) return 0;
    const row = ++this.rows;
    this.#next[row] = this.#buckets[bucket]!;
    this.#buckets[bucket] = row;
    this.name[row] = name;
    this.type[row] = type;
    this.rcodes.fill(0, row * RCODES, (row + 1) * RCODES);
    this.timeOuts[row] = 0;
    this.givenUp[row] = 0;
    this.retries[row] = 0;
    this.success.open(row);
    this.failure.open(row);
    this.describe(row, u32, at);
    return row;
  }

  /** The row's last query. */
  describe(row: number, u32: Uint32Array, at: number): void {
    for (let i = 0, w = row * HEAD_WORDS; i < HEAD_WORDS; i++) this.u32[w + i] = u32[at + i]!;
  }

  clear(): void {
    // Most intervals of a quiet host have none: their buckets are empty already.
    if (this.rows === 0) return;
    this.rows = 0;
    this.#buckets.fill(0);
    this.success.clear();
    this.failure.clear();
  }

  #is(row: number, u32: Uint32Array, at: number): boolean {
    const own = row * HEAD_WORDS;
    for (const word of KEY) if (this.u32[own + word] !== u32[at + word]) return false;
    return this.u32[own + PORTS]! >>> 16 === u32[at + PORTS]! >>> 16 && kindOf(this.u32, own) === kindOf(u32, at);
  }

  #hash(u32: Uint32Array, at: number, name: number, type: number): number {
    let h = mix(mix(mix(this.#seed, name), type), kindOf(u32, at));
    for (const word of KEY) h = mix(h, u32[at + word]!);
    return finish(mix(h, u32[at + PORTS]! >>> 16));
  }
}

/** Protocol and family. */
function kindOf(u32: Uint32Array, at: number): number {
  return (u32[at + KIND]! >>> 8) & 0xffff;
}
