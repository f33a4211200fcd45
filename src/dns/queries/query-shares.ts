import { SEGMENT } from '../layout.gen.js';
import { Links } from '../links.js';
import { Shares } from '../shares.js';

const COOKIE = SEGMENT.netns_cookie >>> 2;
const INODE = SEGMENT.netns_inode >>> 2;
const HIGH = 4294967296;

/** The queries that wait, by network namespace: whoever asks without getting answers takes no room from others that they have a share in. */
export class QueryShares {
  /** Numbers of the namespaces that have some. */
  readonly #numbers = new Map<number, number>();
  readonly #keys: Float64Array;
  readonly #free: number[] = [];
  /** The one that was asked for last: most often the next one is it. */
  #lastKey = 0;
  #last = 0;
  #used = 0;
  readonly #shares: Shares;
  /** By namespace, from the eldest. */
  readonly #slots: Links;
  /** By slot: its namespace. */
  readonly #of: Uint32Array;

  /** @param most slots */
  constructor(most: number) {
    this.#keys = new Float64Array(most + 1);
    this.#shares = new Shares(most);
    this.#slots = new Links(most + 1, most);
    this.#of = new Uint32Array(most + 1);
  }

  /** A query waits. @param head `struct ct_dns_segment` of it */
  add(slot: number, head: Uint32Array): void {
    const key = keyOf(head);
    const number = this.#find(key) || this.#take(key);
    this.#of[slot] = number;
    this.#slots.append(number, slot);
    this.#shares.count(number, 1);
  }

  /** It does not wait any more. */
  remove(slot: number): void {
    const number = this.#of[slot]!;
    this.#slots.remove(number, slot);
    this.#shares.count(number, -1);
    if (this.#shares.of(number) > 0) return;
    this.#numbers.delete(this.#keys[number]!);
    this.#free.push(number);
    this.#last = 0;
  }

  /** The eldest one of the namespace that has to make room for a query of this head: its own, unless that has less than its share. */
  payer(head: Uint32Array): number {
    return this.#slots.first(this.#shares.payer(this.#find(keyOf(head))));
  }

  /** 0: it has none. */
  #find(key: number): number {
    if (this.#last !== 0 && key === this.#lastKey) return this.#last;
    this.#lastKey = key;
    this.#last = this.#numbers.get(key) ?? 0;
    return this.#last;
  }

  #take(key: number): number {
    // Each has a slot, so there are numbers for all.
    const number = this.#free.pop() ?? ++this.#used;
    this.#keys[number] = key;
    this.#numbers.set(key, number);
    this.#lastKey = key;
    this.#last = number;
    return number;
  }
}

/** The cookie of its namespace; where the kernel does not tell that, the inode. Of cookies beyond 2^53 some share what they have. */
function keyOf(head: Uint32Array): number {
  return head[COOKIE]! + head[COOKIE + 1]! * HIGH || -head[INODE]!;
}
