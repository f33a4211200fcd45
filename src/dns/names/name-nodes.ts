/** Askers remembered of each name of an address: those whose answers are the latest. */
export const ASKERS = 4;
/** Doubles of a node: since, latest, until; then of each asker its first answer and its latest. */
const DOUBLES = 3 + 2 * ASKERS;
const SINCE = 0;
const LATEST = 1;
const UNTIL = 2;
const ASKED = 3;
/** Words of a node: name, next of its list, process ids of its askers. */
const WORDS = 2 + ASKERS;
const NAME = 0;
const NEXT = 1;
const PIDS = 2;
const INITIAL = 256;

/**
 * Names that addresses have: lists of nodes, which are numbers from 1. A node says that the address had the name at every moment from `since`
 * to `until`, by answers that followed each other before the one before had expired. All times are of the boot clock, ns. Bounded.
 */
export class NameNodes {
  readonly #limit: number;
  #words: Uint32Array;
  #doubles: Float64Array;
  #used = 0;
  #free = 0;
  size = 0;

  constructor(limit: number) {
    this.#limit = limit;
    const room = Math.min(limit, INITIAL) + 1;
    this.#words = new Uint32Array(room * WORDS);
    this.#doubles = new Float64Array(room * DOUBLES);
  }

  get full(): boolean {
    return this.size === this.#limit;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#doubles.byteLength;
  }

  /** A new node in front of the list that begins with `next`; there is room. */
  add(name: number, next: number, answeredNs: number, untilNs: number, pid: number): number {
    const node = this.#take();
    this.#words.fill(0, node * WORDS + PIDS, (node + 1) * WORDS);
    this.#words[node * WORDS + NAME] = name;
    this.#words[node * WORDS + NEXT] = next;
    this.#doubles[node * DOUBLES + SINCE] = answeredNs;
    this.#doubles[node * DOUBLES + LATEST] = answeredNs;
    this.#doubles[node * DOUBLES + UNTIL] = untilNs;
    this.#asked(node, answeredNs, pid);
    this.size++;
    return node;
  }

  /** Another answer that says the same while the node is valid, or from before it is. */
  extend(node: number, answeredNs: number, untilNs: number, pid: number): void {
    const at = node * DOUBLES;
    const doubles = this.#doubles;
    if (answeredNs < doubles[at + SINCE]!) doubles[at + SINCE] = answeredNs;
    if (answeredNs > doubles[at + LATEST]!) doubles[at + LATEST] = answeredNs;
    if (untilNs > doubles[at + UNTIL]!) doubles[at + UNTIL] = untilNs;
    this.#asked(node, answeredNs, pid);
  }

  /** Its name and its place in a list are the owner's to forget. */
  free(node: number): void {
    this.#words[node * WORDS + NEXT] = this.#free;
    this.#free = node;
    this.size--;
  }

  name(node: number): number {
    return this.#words[node * WORDS + NAME]!;
  }

  next(node: number): number {
    return this.#words[node * WORDS + NEXT]!;
  }

  setNext(node: number, next: number): void {
    this.#words[node * WORDS + NEXT] = next;
  }

  latest(node: number): number {
    return this.#doubles[node * DOUBLES + LATEST]!;
  }

  until(node: number): number {
    return this.#doubles[node * DOUBLES + UNTIL]!;
  }

  /** Whether an answer that held from `fromNs` to `untilNs` follows on the node's, or comes right before them. */
  meets(node: number, fromNs: number, untilNs: number): boolean {
    const at = node * DOUBLES;
    return fromNs <= this.#doubles[at + UNTIL]! && untilNs >= this.#doubles[at + SINCE]!;
  }

  holdsAt(node: number, ns: number): boolean {
    const at = node * DOUBLES;
    return this.#doubles[at + SINCE]! <= ns && ns <= this.#doubles[at + UNTIL]!;
  }

  /** When the process asked, at or before `ns`, as far as is remembered; 0: it is not known to have. */
  askedBy(node: number, pid: number, ns: number): number {
    if (pid === 0) return 0;
    for (let i = 0; i < ASKERS; i++) if (this.#words[node * WORDS + PIDS + i] === pid) return this.#answer(node, i, ns);
    return 0;
  }

  /** Whether anybody is known to have asked at or before `ns`. */
  hasAsker(node: number, ns: number): boolean {
    for (let i = 0; i < ASKERS; i++) {
      if (this.#words[node * WORDS + PIDS + i] !== 0 && this.#answer(node, i, ns) !== 0) return true;
    }
    return false;
  }

  /** The latest answer at or before `ns` that is remembered; the node held then. */
  answeredBefore(node: number, ns: number): number {
    const at = node * DOUBLES;
    const latest = this.#doubles[at + LATEST]!;
    if (latest <= ns) return latest;
    let answered = this.#doubles[at + SINCE]!;
    for (let i = 0; i < ASKERS; i++) {
      if (this.#words[node * WORDS + PIDS + i] !== 0) answered = Math.max(answered, this.#answer(node, i, ns));
    }
    return answered;
  }

  /** Of one asker: its latest answer at or before `ns`; 0: it has none. */
  #answer(node: number, asker: number, ns: number): number {
    const at = node * DOUBLES + ASKED + 2 * asker;
    const latest = this.#doubles[at + 1]!;
    if (latest <= ns) return latest;
    const first = this.#doubles[at]!;
    return first <= ns ? first : 0;
  }

  #asked(node: number, answeredNs: number, pid: number): void {
    if (pid === 0) return;
    const words = this.#words;
    const doubles = this.#doubles;
    const pids = node * WORDS + PIDS;
    const asked = node * DOUBLES + ASKED;
    let place = 0;
    for (let i = 0; i < ASKERS; i++) {
      if (words[pids + i] === pid) {
        if (answeredNs < doubles[asked + 2 * i]!) doubles[asked + 2 * i] = answeredNs;
        if (answeredNs > doubles[asked + 2 * i + 1]!) doubles[asked + 2 * i + 1] = answeredNs;
        return;
      }
      if (words[pids + place] === 0) continue;
      if (words[pids + i] === 0 || doubles[asked + 2 * i + 1]! < doubles[asked + 2 * place + 1]!) place = i;
    }
    words[pids + place] = pid;
    doubles[asked + 2 * place] = answeredNs;
    doubles[asked + 2 * place + 1] = answeredNs;
  }

  #take(): number {
    const node = this.#free;
    if (node !== 0) {
      this.#free = this.#words[node * WORDS + NEXT]!;
      return node;
    }
    this.#used++;
    if ((this.#used + 1) * WORDS > this.#words.length) {
      const room = Math.min(this.#limit, 2 * this.#used) + 1;
      const words = new Uint32Array(room * WORDS);
      words.set(this.#words);
      this.#words = words;
      const doubles = new Float64Array(room * DOUBLES);
      doubles.set(this.#doubles);
      this.#doubles = doubles;
    }
    return this.#used;
  }
}
