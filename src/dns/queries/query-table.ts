import { Links } from '../links.js';
import { asksLocally } from '../role.js';
import { QueryKey, sameAsker, sameEnds } from './query-key.js';
import { QueryShares } from './query-shares.js';
import { QUERY_STATE, type Query, type QuerySlots } from './query-slots.js';

/** What an answer is to the queries there are. */
export const VERDICT = {
  /** The answer of an open query. */
  answer: 0,
  /** No query is known that it could be of. */
  unsolicited: 1,
  /** Its query has its answer. */
  duplicate: 2,
  /** Its query is over: it timed out, or had to make room. */
  late: 3,
  /** Whoever is answered has asked this server, with other ids. */
  wrongId: 4,
  /** With this id, but for something else. */
  wrongQuestion: 5,
  /** With this id, but another server. */
  wrongServer: 6,
} as const;

/** Most slots that are looked at for one message. */
const MAX_STEPS = 64;

/** Told of an open query that must make room, before its slot is used again. */
export type Displaced = (slot: number) => void;

/** The lists of `ages`. */
const OPEN = 0;
const OVER = 1;
const FREE = 2;

/**
 * Queries that wait for their answers, and of those that are over as many as there is room for, so that what comes after its time is known for
 * it. Bounded: queries that are over make room first, then the eldest open one of a namespace that has its share does; no message costs more than
 * a few steps.
 */
export class QueryTable {
  readonly slots: QuerySlots;
  readonly #key: QueryKey;
  readonly #displaced: Displaced;
  /** By hash of ends and id; by hash of who asks. */
  readonly #byKey: Links;
  readonly #byAsker: Links;
  readonly #mask: number;
  readonly #keyBucket: Uint32Array;
  readonly #askerBucket: Uint32Array;
  /** Open ones from the eldest, those that are over likewise, free slots. */
  readonly #ages: Links;
  /** Open ones by network namespace. */
  readonly #shares: QueryShares;
  /** Gives the name of an over query back. */
  readonly #release: (name: number) => void;
  /** Slot of what `isRetry`, `add` and `judge` have found. */
  found = 0;
  /** Bucket by key of the message that `isRetry` was asked about last. */
  #bucket = 0;
  open = 0;

  /**
   * @param slots for all queries
   * @param seed of the hashes: 32 bits that are not known outside
   * @param release is told of each name that is not held any more; who opens a query has held it
   */
  constructor(slots: QuerySlots, seed: number, release: (name: number) => void, displaced: Displaced) {
    const { most } = slots;
    this.slots = slots;
    this.#key = new QueryKey(seed);
    this.#release = release;
    this.#displaced = displaced;
    const buckets = 2 ** Math.ceil(Math.log2(2 * most));
    this.#mask = buckets - 1;
    this.#byKey = new Links(buckets, most);
    this.#byAsker = new Links(buckets, most);
    this.#keyBucket = new Uint32Array(most + 1);
    this.#askerBucket = new Uint32Array(most + 1);
    this.#shares = new QueryShares(most);
    this.#ages = new Links(3, most);
    for (let slot = 1; slot <= most; slot++) this.#ages.append(FREE, slot);
  }

  /** The open query that was asked first; 0: there is none. */
  get eldest(): number {
    return this.#ages.first(OPEN);
  }

  /** Whether an open query is the same as this one, sent by the same end to the same server with the same id; then it is `found`. */
  isRetry(head: Uint32Array, query: Query): boolean {
    const bucket = this.#key.hash(head, 0, query.role, query.id) & this.#mask;
    this.#bucket = bucket;
    let slot = this.#byKey.first(bucket);
    for (let steps = 0; slot !== 0 && steps < MAX_STEPS; steps++, slot = this.#byKey.behind(slot)) {
      if (this.slots.state[slot] !== QUERY_STATE.open || !this.#is(slot, head, query)) continue;
      if (!this.slots.asks(slot, query)) continue;
      this.found = slot;
      return true;
    }
    return false;
  }

  /** Takes a query in that `isRetry` has just said is none, and whose name is held; its slot is `found`. */
  add(head: Uint32Array, query: Query): void {
    const bucket = this.#bucket;
    this.#shorten(bucket);
    const asker = this.#key.askerHash(head, 0, query.role, asksLocally(query.role)) & this.#mask;
    const slot = this.#take(head);
    this.slots.fill(slot, head, query);
    this.#keyBucket[slot] = bucket;
    this.#askerBucket[slot] = asker;
    this.#byKey.prepend(bucket, slot);
    this.#byAsker.prepend(asker, slot);
    this.#ages.append(OPEN, slot);
    this.#shares.add(slot, head);
    this.open++;
    this.found = slot;
  }

  /**
   * What an answer is: a VERDICT; with `answer` its query is `found`.
   * @param query role, id and question that the answer tells
   * @param asksNothing whether it tells no question, as some servers' errors do
   */
  judge(head: Uint32Array, query: Query, asksNothing: boolean): number {
    const { state } = this.slots;
    const bucket = this.#key.hash(head, 0, query.role, query.id) & this.#mask;
    let verdict: number = VERDICT.unsolicited;
    let slot = this.#byKey.first(bucket);
    for (let steps = 0; slot !== 0 && steps < MAX_STEPS; steps++, slot = this.#byKey.behind(slot)) {
      if (!this.#is(slot, head, query)) continue;
      const isOpen = state[slot] === QUERY_STATE.open;
      if (asksNothing || this.slots.asks(slot, query)) {
        if (isOpen) {
          this.found = slot;
          return VERDICT.answer;
        }
        // Of several with the same id and question, the last one.
        if (verdict === VERDICT.duplicate || verdict === VERDICT.late) continue;
        verdict = state[slot] === QUERY_STATE.answered ? VERDICT.duplicate : VERDICT.late;
      } else if (isOpen && verdict === VERDICT.unsolicited) verdict = VERDICT.wrongQuestion;
    }
    return verdict === VERDICT.unsolicited ? this.#judgeAsker(head, query) : verdict;
  }

  /** The query in the slot is over; whoever has read its columns has done so. */
  end(slot: number, state: number): void {
    this.slots.state[slot] = state;
    this.#ages.remove(OPEN, slot);
    this.#ages.append(OVER, slot);
    this.#shares.remove(slot);
    this.open--;
  }

  /** An answer of none of these queries: is there another query of its asker? */
  #judgeAsker(head: Uint32Array, query: Query): number {
    const { state, id } = this.slots;
    const asksLocal = asksLocally(query.role);
    const bucket = this.#key.askerHash(head, 0, query.role, asksLocal) & this.#mask;
    let verdict: number = VERDICT.unsolicited;
    let slot = this.#byAsker.first(bucket);
    for (let steps = 0; slot !== 0 && steps < MAX_STEPS; steps++, slot = this.#byAsker.behind(slot)) {
      if (state[slot] !== QUERY_STATE.open || this.slots.role[slot] !== query.role) continue;
      const word = this.slots.word(slot);
      if (sameEnds(this.slots.u32, word, head, 0)) return VERDICT.wrongId;
      if (id[slot] === query.id && sameAsker(this.slots.u32, word, head, 0, asksLocal)) verdict = VERDICT.wrongServer;
    }
    return verdict;
  }

  /** Whether the query in the slot has the ends, role and id of this message. */
  #is(slot: number, head: Uint32Array, { id, role }: Query): boolean {
    const { slots } = this;
    return slots.id[slot] === id && slots.role[slot] === role && sameEnds(slots.u32, slots.word(slot), head, 0);
  }

  /** Lets a bucket be no longer than what is looked at: the eldest in it goes. */
  #shorten(bucket: number): void {
    let steps = 1;
    for (let slot = this.#byKey.first(bucket); slot !== 0; slot = this.#byKey.behind(slot)) steps++;
    if (steps > MAX_STEPS) this.#forget(this.#byKey.last(bucket));
  }

  /** A slot for a query of this head: in no list but that of the free ones, which it leaves. */
  #take(head: Uint32Array): number {
    if (this.#ages.first(FREE) === 0) this.#forget(this.#ages.first(OVER) || this.#shares.payer(head));
    const slot = this.#ages.first(FREE);
    this.#ages.remove(FREE, slot);
    return slot;
  }

  /** Frees a slot, whatever is in it. */
  #forget(slot: number): void {
    if (this.slots.state[slot] === QUERY_STATE.open) {
      this.#displaced(slot);
      this.end(slot, QUERY_STATE.displaced);
    }
    this.#release(this.slots.name[slot]!);
    this.slots.state[slot] = QUERY_STATE.free;
    this.#byKey.remove(this.#keyBucket[slot]!, slot);
    this.#byAsker.remove(this.#askerBucket[slot]!, slot);
    this.#ages.remove(OVER, slot);
    this.#ages.append(FREE, slot);
  }
}
