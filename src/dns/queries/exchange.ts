import type { Row } from '../../ledger/row.js';
import type { Head } from '../head.js';
import { IPV4, IPV6, SEGMENT } from '../layout.gen.js';
import type { DnsMessage } from '../message/message.js';
import type { NameTable } from '../message/name-table.js';
import { REJECT_REASONS } from '../message/reject.js';
import { CLASS_IN, TYPE } from '../message/types.js';
import type { Learner } from '../names/name-cache.js';
import { OUTCOME } from '../records/outcome.js';
import { keptSeconds, type QueryTeller } from '../records/query-teller.js';
import { asksLocally, ROLE, roleOf } from '../role.js';
import { DISCARD_OF_REJECT, DISCARD_OF_VERDICT, LATE, NO_ROOM, QUESTIONS, SHORT, UNSOLICITED } from './discards.js';
import { adoptOwner } from './owner.js';
import { QUERY_STATE, type Query, type QuerySlots } from './query-slots.js';
import { QueryTable, VERDICT } from './query-table.js';
import { COUNTED, NOT_WANTED, type Tally } from './tally.js';

/** Opcode of an ordinary query (RFC 6895 §2.2). */
const QUERY = 0;
/** Query types whose answers may be many messages (RFC 5936, 1995). */
const IXFR = 251;
const AXFR = 252;
/** Messages are read some time after they were seen. */
const READING_NS = 1e9;
/** Queries that time out in one slice. */
const SLICE = 1024;

export interface ExchangeParts {
  readonly row: Row;
  readonly message: DnsMessage;
  readonly names: NameTable;
  readonly slots: QuerySlots;
  readonly teller: QueryTeller;
  readonly learner: Learner;
  readonly tally: Tally;
}

export interface ExchangeOptions {
  readonly ports: readonly number[];
  /** ms. */
  readonly timeout: number;
  /** Types that are recorded, by number; null: all. */
  readonly types: ReadonlySet<number> | null;
  /** Whether each query is told, or only counted. */
  readonly tells: boolean;
  /** Of the hashes: 32 bits that are not known outside. */
  readonly seed: number;
}

/** Brings queries and answers together: each query ends with its answer, or without. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #table: QueryTable;
  /** 1 for the ports of servers. */
  readonly #ports = new Uint8Array(1 << 16);
  /** 1 for the types that are recorded. */
  readonly #types = new Uint8Array(1 << 16);
  readonly #tells: boolean;
  readonly #timeoutNs: number;
  readonly #query: Query = { id: 0, role: 0, opcode: 0, name: 0, type: 0, class: 0, cut: false };
  /** Messages by place in REJECT_REASONS. */
  readonly #rejected = new Float64Array(REJECT_REASONS.length);
  displaced = 0;

  constructor(parts: ExchangeParts, { ports, timeout, types, tells, seed }: ExchangeOptions) {
    this.#parts = parts;
    const release = (name: number): void => parts.names.release(name);
    this.#table = new QueryTable(parts.slots, seed, release, (slot) => this.#displace(slot));
    for (const port of ports) this.#ports[port] = 1;
    if (types === null) this.#types.fill(1);
    else for (const type of types) this.#types[type] = 1;
    this.#tells = tells;
    this.#timeoutNs = timeout * 1e6;
  }

  get open(): number {
    return this.#table.open;
  }

  /** Messages that are none, by reason. */
  get rejected(): Readonly<Record<string, number>> {
    return Object.fromEntries(REJECT_REASONS.slice(1).map((reason, i) => [reason, this.#rejected[i + 1]!]));
  }

  /**
   * Takes in a message of `length` bytes.
   * @param head of it, or of the piece that ended it; it may be turned
   * @param cut whether the message was longer
   * @param units that it stands for
   * @param carried units of pieces before the last, which are told in its record
   */
  take(head: Head, u8: Uint8Array, at: number, length: number, cut: boolean, units: number, carried: number): void {
    const { row, message } = this.#parts;
    const why = message.parse(u8, at, length, cut);
    if (why !== 0) {
      this.#rejected[why]!++;
      row.discard(DISCARD_OF_REJECT[why]!, units + carried);
      return;
    }
    row.merged += carried;
    const query = this.#query;
    query.id = message.id;
    query.role = roleOf(head, message.response);
    query.opcode = message.opcode;
    query.type = message.questionType;
    query.class = message.questionClass;
    query.cut = message.partial || cut;
    const port = asksLocally(query.role) ? head.remotePort : head.localPort;
    if (this.#ports[port] === 0) row.discard(UNSOLICITED, units);
    else if (message.response) this.#answer(head, units);
    else this.#ask(head, units);
  }

  /** Lets the queries time out that were asked so long ago; a slice of them. */
  expire(nowNs: number): void {
    const { slots } = this.#parts;
    const before = nowNs - this.#timeoutNs - READING_NS;
    for (let i = 0; i < SLICE; i++) {
      const slot = this.#table.eldest;
      if (slot === 0 || slots.timeNs[slot]! >= before) return;
      this.#giveUp(slot, OUTCOME.timedOut, QUERY_STATE.timedOut);
    }
  }

  /** The run ends: no query waits any longer. */
  finish(): void {
    while (this.#table.open > 0) this.#giveUp(this.#table.eldest, OUTCOME.runEnd, QUERY_STATE.displaced);
  }

  #ask(head: Head, units: number): void {
    const { row, message, names, slots } = this.#parts;
    const query = this.#query;
    if (message.questionName < 0) {
      row.discard(message.partial ? SHORT : QUESTIONS, units);
      return;
    }
    const { scratch, start, length, hash } = message.names;
    query.name = names.intern(scratch, start[0]!, length[0]!, hash[0]!);
    if (query.name === 0) {
      row.discard(NO_ROOM, units);
      return;
    }
    if (this.#table.isRetry(head.u32, query)) {
      names.release(query.name);
      this.#repeat(this.#table.found, head);
    } else this.#table.add(head.u32, query);
    slots.units[this.#table.found]! += units;
    row.resident += units;
  }

  /** The query in the slot came once more: sent again, or seen at the next place of its way. */
  #repeat(slot: number, head: Head): void {
    const { slots } = this.#parts;
    const device = SEGMENT.ifindex >>> 2;
    const isSamePlace =
      slots.u32[slots.word(slot) + device] === head.u32[device] &&
      slots.u8[slot * SEGMENT.size + SEGMENT.source] === head.source;
    if (isSamePlace) slots.retries[slot]!++;
    if (this.#query.cut) slots.cut[slot] = 1;
  }

  #answer(head: Head, units: number): void {
    const { row, message, names, slots } = this.#parts;
    const query = this.#query;
    query.name = 0;
    if (message.questionName >= 0) {
      const { scratch, start, length, hash } = message.names;
      query.name = names.find(scratch, start[0]!, length[0]!, hash[0]!);
    }
    // Servers that do not understand a query may leave it out of their answer: without records there is nothing to believe.
    const asksNothing = message.questionName < 0 && message.announcedAnswers === 0;
    const verdict = this.#table.judge(head.u32, query, asksNothing);
    if (verdict !== VERDICT.answer) {
      if (verdict === VERDICT.duplicate && head.isTcp && isTransfer(query.type)) row.merged += units;
      else row.discard(DISCARD_OF_VERDICT[verdict]!, units);
      return;
    }
    const slot = this.#table.found;
    // Of two programs on two CPUs the later one may have read its clock first.
    const latencyNs = Math.max(0, head.bootNs - slots.timeNs[slot]!);
    if (latencyNs > this.#timeoutNs) {
      this.#giveUp(slot, OUTCOME.timedOut, QUERY_STATE.timedOut);
      row.discard(LATE, units);
      return;
    }
    // Below 2^30, unlike times, so that nothing is allocated for it.
    this.#end(slot, head, Math.floor(latencyNs / 1000), units);
  }

  #end(slot: number, head: Head, latencyUs: number, units: number): void {
    const { row, message, slots, teller, tally } = this.#parts;
    if (slots.role[slot] !== ROLE.observer) adoptOwner(slots.u32, slots.word(slot), head.u32);
    const chain = message.chainEnd();
    this.#learn(slot, head);
    const total = this.#leave(slot, units);
    const counted = this.#isRecorded(slot) ? tally.answered(slot, message.rcode, latencyUs) : NOT_WANTED;
    if (!this.#tells || !this.#isRecorded(slot)) this.#settle(counted, total);
    else if (!teller.tellAnswered(slot, message, chain, latencyUs, total)) row.filtered += total;
    this.#table.end(slot, QUERY_STATE.answered);
  }

  /** Names of the addresses at the end of the chain, of an answer that somebody who asked was given. */
  #learn(slot: number, head: Head): void {
    const { message, slots, learner } = this.#parts;
    const { chain, records, rcode, questionClass } = message;
    if (slots.role[slot] === ROLE.server || rcode !== 0 || slots.opcode[slot] !== QUERY) return;
    if (chain.addresses === 0 || questionClass !== CLASS_IN) return;
    const word = slots.word(slot);
    const low = slots.u32[word + (SEGMENT.netns_cookie >>> 2)]!;
    const high = slots.u32[word + (SEGMENT.netns_cookie >>> 2) + 1]!;
    const pid = slots.u32[word + (SEGMENT.pid >>> 2)]!;
    const answeredNs = head.bootNs;
    for (let i = 0; i < chain.addresses; i++) {
      const k = chain.address[i]!;
      const family = records.type[k] === TYPE.A ? IPV4 : IPV6;
      const ttl = Math.min(keptSeconds(records.ttl[k]!), chain.length > 1 ? keptSeconds(chain.ttl) : Infinity);
      learner.learn(low, high, message.u8, records.address[k]!, family, slots.name[slot]!, ttl, answeredNs, pid);
    }
  }

  #displace(slot: number): void {
    this.displaced++;
    this.#unanswered(slot, OUTCOME.displaced);
  }

  #giveUp(slot: number, outcome: number, state: number): void {
    this.#unanswered(slot, outcome);
    this.#table.end(slot, state);
  }

  #unanswered(slot: number, outcome: number): void {
    const { row, teller, tally } = this.#parts;
    const total = this.#leave(slot, 0);
    const counted = this.#isRecorded(slot) ? tally.unanswered(slot, outcome) : NOT_WANTED;
    if (!this.#tells || !this.#isRecorded(slot)) this.#settle(counted, total);
    else if (!teller.tellUnanswered(slot, outcome, total)) row.filtered += total;
  }

  /** The units of a query that is over leave the stage, with those of its answer: all of them. */
  #leave(slot: number, units: number): number {
    const held = this.#parts.slots.units[slot]!;
    this.#parts.row.resident -= held;
    return held + units;
  }

  /** Units of a query without a record. */
  #settle(counted: number, units: number): void {
    const { row } = this.#parts;
    if (counted === COUNTED) row.merged += units;
    else if (counted === NOT_WANTED) row.filtered += units;
    else row.discard(NO_ROOM, units);
  }

  #isRecorded(slot: number): boolean {
    return this.#types[this.#parts.slots.type[slot]!] === 1;
  }
}

function isTransfer(type: number): boolean {
  return type === AXFR || type === IXFR;
}
