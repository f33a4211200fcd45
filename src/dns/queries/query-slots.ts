import { u64 } from '../../frames/words.js';
import { HEAD_WORDS } from '../head.js';
import { SEGMENT } from '../layout.gen.js';

const BOOT_NS = SEGMENT.boot_ns >>> 2;

/** What became of the query in a slot. */
export const QUERY_STATE = { free: 0, open: 1, answered: 2, timedOut: 3, displaced: 4 } as const;

/** A query as its message says it. */
export interface Query {
  id: number;
  role: number;
  opcode: number;
  /** Handle of the question's name. */
  name: number;
  type: number;
  class: number;
  /** Whether conntrail has only a part of it. */
  cut: boolean;
}

/** What is kept of each query, by slots from 1: columns, and `struct ct_dns_segment` of its message. */
export class QuerySlots {
  /** The structs: that of slot `n` begins at byte `n * SEGMENT.size`. */
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly state: Uint8Array;
  readonly role: Uint8Array;
  readonly opcode: Uint8Array;
  readonly cut: Uint8Array;
  readonly id: Uint16Array;
  readonly type: Uint16Array;
  readonly class: Uint16Array;
  readonly name: Uint32Array;
  /** Units that it holds, and how often it was sent again. */
  readonly units: Uint32Array;
  readonly retries: Uint32Array;
  /** When it was seen first, boot clock, ns. */
  readonly timeNs: Float64Array;

  /** @param most slots */
  constructor(readonly most: number) {
    const slots = most + 1;
    this.u8 = new Uint8Array(slots * SEGMENT.size);
    this.u32 = new Uint32Array(this.u8.buffer);
    this.state = new Uint8Array(slots);
    this.role = new Uint8Array(slots);
    this.opcode = new Uint8Array(slots);
    this.cut = new Uint8Array(slots);
    this.id = new Uint16Array(slots);
    this.type = new Uint16Array(slots);
    this.class = new Uint16Array(slots);
    this.name = new Uint32Array(slots);
    this.units = new Uint32Array(slots);
    this.retries = new Uint32Array(slots);
    this.timeNs = new Float64Array(slots);
  }

  /** Word in `u32` at which the struct of a slot begins. */
  word(slot: number): number {
    return slot * HEAD_WORDS;
  }

  fill(slot: number, head: Uint32Array, query: Query): void {
    for (let i = 0, w = this.word(slot); i < HEAD_WORDS; i++, w++) this.u32[w] = head[i]!;
    this.state[slot] = QUERY_STATE.open;
    this.role[slot] = query.role;
    this.opcode[slot] = query.opcode;
    this.cut[slot] = query.cut ? 1 : 0;
    this.id[slot] = query.id;
    this.type[slot] = query.type;
    this.class[slot] = query.class;
    this.name[slot] = query.name;
    this.units[slot] = 0;
    this.retries[slot] = 0;
    this.timeNs[slot] = u64(head, BOOT_NS);
  }

  /** Whether the query in the slot asks for the same. */
  asks(slot: number, { name, type, class: of }: Query): boolean {
    return this.name[slot] === name && this.type[slot] === type && this.class[slot] === of;
  }
}
