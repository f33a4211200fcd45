import type { RecordBatch } from '../../src/connections/record-batch.js';
import type { Binding } from './binding.js';
import { BOOT_ID_ROOM, EXCHANGE, HOST_ROOM } from './exchange.js';

/** Takes a block of encoded records; the bytes are valid during the call only. */
export type TakeBlock = (bytes: Uint8Array, records: number) => void;

const [NEXT, COUNT, CLOSED, USED, EMITTED] = [
  EXCHANGE.next >>> 2,
  EXCHANGE.count >>> 2,
  EXCHANGE.closed >>> 2,
  EXCHANGE.used >>> 2,
  EXCHANGE.emitted >>> 2,
];

/** Connection table and encoder in C, for one client. Takes batches with first verdicts, leaves final ones, gives blocks. */
export class Kernel {
  readonly #binding: Binding;
  readonly #take: TakeBlock;
  #u8!: Uint8Array;
  #u32!: Uint32Array;
  #f64!: Float64Array;

  constructor(binding: Binding, host: string, bootId: string, take: TakeBlock) {
    this.#binding = binding;
    this.#take = take;
    this.#look();
    const encoder = new TextEncoder();
    encoder.encodeInto(host, this.#u8.subarray(EXCHANGE.host, EXCHANGE.host + HOST_ROOM - 1));
    encoder.encodeInto(bootId, this.#u8.subarray(EXCHANGE.bootId, EXCHANGE.bootId + BOOT_ID_ROOM - 1));
    binding.start();
    this.#look();
  }

  get late(): number {
    return this.#f64[EXCHANGE.late >>> 3]!;
  }

  get open(): number {
    return this.#f64[EXCHANGE.open >>> 3]!;
  }

  get buried(): number {
    return this.#f64[EXCHANGE.buried >>> 3]!;
  }

  get tableBytes(): number {
    return this.#f64[EXCHANGE.tableBytes >>> 3]!;
  }

  update(batch: RecordBatch, wallOffsetUs: number): void {
    const { count, closed, verdict } = batch;
    this.#binding.bring(batch);
    const u32 = this.#u32;
    u32[NEXT] = 0;
    u32[COUNT] = count;
    u32[CLOSED] = closed ? 1 : 0;
    this.#f64[EXCHANGE.wallOffsetUs >>> 3] = wallOffsetUs;
    for (let i = 0; i < count; i++) this.#u8[EXCHANGE.verdicts + i] = verdict[i]!;
    for (;;) {
      this.#binding.run();
      if (this.#u8.length === 0) this.#look();
      if (this.#u32[NEXT] === count) break;
      this.cut();
    }
    for (let i = 0; i < count; i++) verdict[i] = this.#u8[EXCHANGE.verdicts + i]!;
  }

  /** It is `nowNs` by the frames' clock, and connections that closed before `beforeNs` may be forgotten. */
  release(nowNs: number, beforeNs: number): void {
    this.#f64[EXCHANGE.nowNs >>> 3] = nowNs;
    this.#f64[EXCHANGE.releaseNs >>> 3] = beforeNs;
    this.#binding.release();
  }

  /** Gives the block so far. */
  cut(): void {
    const used = this.#u32[USED]!;
    if (used === 0) return;
    this.#take(this.#u8.subarray(EXCHANGE.block, EXCHANGE.block + used), this.#u32[EMITTED]!);
    this.#u32[USED] = 0;
    this.#u32[EMITTED] = 0;
  }

  /** Makes views of the exchange: when it begins, and when the memory has grown. */
  #look(): void {
    const { memory, exchange } = this.#binding;
    this.#u8 = new Uint8Array(memory, exchange, EXCHANGE.size);
    this.#u32 = new Uint32Array(memory, exchange, EXCHANGE.size >>> 2);
    this.#f64 = new Float64Array(memory, exchange, EXCHANGE.size >>> 3);
  }
}
