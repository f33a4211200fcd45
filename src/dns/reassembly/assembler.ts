import { u64 } from '../../frames/words.js';
import type { Row } from '../../ledger/row.js';
import { Head, keptOf } from '../head.js';
import { FIN, RST, SEGMENT, SYN } from '../layout.gen.js';
import { INCOMPLETE, NO_ROOM } from '../queries/discards.js';
import type { QueryKey } from '../queries/query-key.js';
import { BlockPool } from './block-pool.js';
import { beginsMessage } from './boundary.js';
import { behind, EarlyPieces, MAX_EARLY } from './early-pieces.js';
import { MessageBuffer, PREFIX_BYTES } from './message-buffer.js';
import { StreamTable } from './stream-table.js';

/** Furthest that a piece is ahead: beyond, others were missed for good. */
const WINDOW = 1 << 20;

/** Takes whole messages: Exchange does. */
export interface MessageSink {
  take(head: Head, u8: Uint8Array, at: number, length: number, cut: boolean, units: number, carried: number): void;
}

export interface AssemblerLimits {
  readonly maxStreams: number;
  readonly maxStreamBytes: number;
  /** How long pieces wait for what comes before them, ms. */
  readonly holeTimeout: number;
  /** A stream without a piece for so long is forgotten, ms. */
  readonly streamTimeout: number;
}

/**
 * Puts messages together out of the pieces of TCP streams (RFC 1035 §4.2.2): cut and joined as the network likes, out of order, with holes.
 * Units of pieces are held until their message is whole; those of the piece that ends it are the message's. What TCP sends again is merged.
 */
export class Assembler {
  readonly #row: Row;
  readonly #sink: MessageSink;
  readonly #pool: BlockPool;
  readonly #streams: StreamTable;
  readonly #messages: MessageBuffer;
  readonly #early: EarlyPieces;
  readonly #head = new Head();
  /** By stream: number of the byte that comes next, of the one behind the last; whether they are known. */
  readonly #next: Uint32Array;
  readonly #end: Uint32Array;
  readonly #isSynced: Uint8Array;
  readonly #hasEnd: Uint8Array;
  /** Units of the pieces of the message that is not whole. */
  readonly #held: Uint32Array;
  /** Of the last piece, and since when pieces wait, boot clock, ns. */
  readonly #lastNs: Float64Array;
  readonly #earlyNs: Float64Array;
  readonly #holeNs: number;
  readonly #idleNs: number;
  /** Holes that were not filled; streams that had to make room. */
  holes = 0;
  evicted = 0;

  constructor(row: Row, sink: MessageSink, key: QueryKey, limits: AssemblerLimits) {
    const { maxStreams, maxStreamBytes, holeTimeout, streamTimeout } = limits;
    this.#holeNs = holeTimeout * 1e6;
    this.#idleNs = streamTimeout * 1e6;
    this.#row = row;
    this.#sink = sink;
    this.#pool = new BlockPool(maxStreamBytes);
    this.#streams = new StreamTable(maxStreams, key);
    this.#messages = new MessageBuffer(this.#pool, maxStreams);
    this.#early = new EarlyPieces(this.#pool, maxStreams);
    this.#next = new Uint32Array(maxStreams + 1);
    this.#end = new Uint32Array(maxStreams + 1);
    this.#isSynced = new Uint8Array(maxStreams + 1);
    this.#hasEnd = new Uint8Array(maxStreams + 1);
    this.#held = new Uint32Array(maxStreams + 1);
    this.#lastNs = new Float64Array(maxStreams + 1);
    this.#earlyNs = new Float64Array(maxStreams + 1);
  }

  get streams(): number {
    return this.#streams.count;
  }

  get blocks(): number {
    return this.#pool.used;
  }

  /** Takes in a piece, `struct ct_dns_segment` at `start`, that stands for so many units. */
  take(u8: Uint8Array, u32: Uint32Array, start: number, units: number): void {
    const flags = u8[start + SEGMENT.tcp_flags]!;
    const kept = keptOf(u32, start);
    const stream = this.#streamOf(u8, u32, start);
    const seq = u32[(start + SEGMENT.tcp_seq) >>> 2]!;
    if (flags & SYN) this.#begin(stream, seq);
    if (kept > 0) this.#bytes(stream, seq, u8, start + SEGMENT.bytes, kept, units, beginsMessage(u8, u32, start));
    if (flags & RST) this.#drop(stream, INCOMPLETE);
    else if (flags & FIN) {
      this.#end[stream] = (seq + kept) >>> 0;
      this.#hasEnd[stream] = 1;
    }
    if (this.#hasEnd[stream] === 1 && this.#isOver(stream)) this.#drop(stream, INCOMPLETE);
  }

  /** Time passes: holes that stay, streams that are not used any more. */
  clock(nowNs: number): void {
    if (this.#streams.count === 0) return;
    for (let stream = this.#streams.eldest; stream !== 0; stream = this.#streams.eldest) {
      if (this.#lastNs[stream]! >= nowNs - this.#idleNs) break;
      this.#drop(stream, INCOMPLETE);
    }
    if (this.#pool.used === 0) return;
    for (let stream = 1; stream <= this.#streams.most; stream++) {
      if (this.#early.count[stream]! > 0 && this.#earlyNs[stream]! < nowNs - this.#holeNs) this.#skipHole(stream);
    }
  }

  /** The run ends: what is not whole stays so. */
  finish(): void {
    while (this.#streams.count > 0) this.#drop(this.#streams.eldest, INCOMPLETE);
  }

  /** The stream of a piece, a new one where there is none; it holds the head of the piece. */
  #streamOf(u8: Uint8Array, u32: Uint32Array, start: number): number {
    const streams = this.#streams;
    let stream = streams.find(u32, u8, start);
    if (stream === 0) {
      const payer = streams.payer(u32, u8, start);
      if (payer !== 0) {
        this.evicted++;
        this.#drop(payer, NO_ROOM);
      }
      stream = streams.add(u32, u8, start);
    }
    streams.touch(stream, u32, start);
    this.#lastNs[stream] = u64(u32, (start + SEGMENT.boot_ns) >>> 2);
    return stream;
  }

  /** A SYN: its first byte will be `seq`. Sent again it says nothing new. */
  #begin(stream: number, seq: number): void {
    if (this.#isSynced[stream] === 1 && this.#next[stream] === seq) return;
    this.#forget(stream, INCOMPLETE);
    this.#hasEnd[stream] = 0;
    this.#sync(stream, seq);
  }

  #isOver(stream: number): boolean {
    return this.#isSynced[stream] === 0 || behind(this.#next[stream]!, this.#end[stream]!) >= 0;
  }

  #sync(stream: number, seq: number): void {
    this.#isSynced[stream] = 1;
    this.#next[stream] = seq;
  }

  #bytes(stream: number, seq: number, u8: Uint8Array, at: number, count: number, units: number, begins: boolean): void {
    if (this.#isSynced[stream] === 1 && behind(seq, this.#next[stream]!) > WINDOW) this.#forget(stream, INCOMPLETE);
    if (this.#isSynced[stream] === 0) {
      if (!begins) {
        this.#row.discard(INCOMPLETE, units);
        return;
      }
      this.#sync(stream, seq);
    }
    if (behind(seq, this.#next[stream]!) > 0) {
      this.#keep(stream, seq, u8, at, count, units, begins);
      return;
    }
    this.#head.take(this.#streams.u32, stream * SEGMENT.size);
    this.#advance(stream, seq, u8, at, count, units);
    this.#drain(stream);
  }

  /** A piece that begins where the stream is, or before. */
  #advance(stream: number, seq: number, u8: Uint8Array, at: number, count: number, units: number): void {
    const known = behind(this.#next[stream]!, seq);
    if (known >= count) {
      this.#row.merged += units;
      return;
    }
    this.#next[stream] = (seq + count) >>> 0;
    this.#consume(stream, u8, at + known, at + count, units);
  }

  /** Bytes in order. The first message that they end has their units. */
  #consume(stream: number, u8: Uint8Array, from: number, to: number, units: number): void {
    const messages = this.#messages;
    let at = from;
    let left = units;
    while (at < to) {
      if (messages.have[stream] === 0 && at + PREFIX_BYTES <= to) {
        const length = (u8[at]! << 8) | u8[at + 1]!;
        const end = at + PREFIX_BYTES + length;
        if (end <= to) {
          this.#sink.take(this.#head, u8, at + PREFIX_BYTES, length, false, left, 0);
          left = 0;
          at = end;
          continue;
        }
      }
      const part = Math.min(messages.missing(stream), to - at);
      const room = messages.append(stream, u8, at, part);
      at += room;
      if (room < part && !this.#makeRoom(stream)) {
        this.#forget(stream, NO_ROOM);
        this.#row.discard(NO_ROOM, left);
        return;
      }
      if (!messages.isWhole(stream)) continue;
      const carried = this.#held[stream]!;
      this.#held[stream] = 0;
      this.#row.resident -= carried;
      const length = messages.takeWhole(stream);
      this.#sink.take(this.#head, messages.whole, 0, length, false, left, carried);
      left = 0;
    }
    this.#held[stream]! += left;
    this.#row.resident += left;
  }

  /** Keeps a piece until what comes before it has come. */
  #keep(stream: number, seq: number, u8: Uint8Array, at: number, count: number, units: number, begins: boolean): void {
    let block = this.#pool.take();
    while (block === 0 && this.#makeRoom(stream)) block = this.#pool.take();
    if (block === 0) {
      this.#forget(stream, NO_ROOM);
      this.#row.discard(NO_ROOM, units);
      return;
    }
    this.#pool.append(block, u8, at, count);
    const time = (stream * SEGMENT.size + SEGMENT.boot_ns) >>> 2;
    const { u32 } = this.#streams;
    if (!this.#early.insert(stream, block, seq, units, begins, u32[time]!, u32[time + 1]!)) {
      this.#pool.give(block);
      this.#row.merged += units;
      return;
    }
    this.#row.resident += units;
    if (this.#early.count[stream] === 1) this.#earlyNs[stream] = this.#lastNs[stream]!;
    if (this.#early.count[stream]! > MAX_EARLY) this.#skipHole(stream);
  }

  /** Pieces whose turn has come. */
  #drain(stream: number): void {
    const early = this.#early;
    for (let block = early.first(stream); block !== 0; block = early.first(stream)) {
      // Without sync there is no order that could be kept: only where a message seems to begin, it goes on.
      if (this.#isSynced[stream] === 0 && early.begins(block)) this.#sync(stream, early.seq(block));
      if (this.#isSynced[stream] === 1 && behind(early.seq(block), this.#next[stream]!) > 0) break;
      early.shift(stream);
      const units = early.units(block);
      this.#row.resident -= units;
      if (this.#isSynced[stream] === 0) this.#row.discard(INCOMPLETE, units);
      else {
        const memory = this.#pool.memory(block);
        this.#advance(stream, early.seq(block), memory, this.#pool.start(block), this.#pool.length[block]!, units);
      }
      this.#pool.give(block);
    }
    this.#earlyNs[stream] = this.#lastNs[stream]!;
  }

  /** Gives up what is missing: goes on where a message seems to begin. */
  #skipHole(stream: number): void {
    this.holes++;
    this.#giveUpMessage(stream, INCOMPLETE);
    this.#isSynced[stream] = 0;
    this.#head.take(this.#streams.u32, stream * SEGMENT.size);
    const first = this.#early.first(stream);
    const time = SEGMENT.boot_ns >>> 2;
    this.#head.u32[time] = this.#early.time(first, 0);
    this.#head.u32[time + 1] = this.#early.time(first, 1);
    this.#drain(stream);
  }

  /** Whether there may be room now: the stream used longest ago has gone, unless it is this one. */
  #makeRoom(stream: number): boolean {
    const eldest = this.#streams.eldest;
    if (eldest === stream) return false;
    this.evicted++;
    this.#drop(eldest, NO_ROOM);
    return true;
  }

  #giveUpMessage(stream: number, cause: number): void {
    const held = this.#held[stream]!;
    this.#held[stream] = 0;
    this.#row.resident -= held;
    this.#row.discard(cause, held);
    this.#messages.clear(stream);
  }

  /** Forgets whatever is kept of a stream, and where it was. */
  #forget(stream: number, cause: number): void {
    this.#giveUpMessage(stream, cause);
    while (this.#early.first(stream) !== 0) {
      const block = this.#early.shift(stream);
      this.#row.resident -= this.#early.units(block);
      this.#row.discard(cause, this.#early.units(block));
      this.#pool.give(block);
    }
    this.#isSynced[stream] = 0;
  }

  #drop(stream: number, cause: number): void {
    this.#forget(stream, cause);
    this.#hasEnd[stream] = 0;
    this.#streams.remove(stream);
  }
}
