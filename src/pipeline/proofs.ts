import { type Observable, Subject } from 'rxjs';
import type { FrameView } from '../frames/frame-view.js';
import { SELFTEST } from '../frames/layout.gen.js';
import { u64 } from '../frames/words.js';

/** Most sockets that are known at a time: those of the last rounds, which have fewer than ten each. */
const MAX_SOCKETS = 128;
/** Buckets of the first look, which nearly every record ends at. */
const BUCKETS = 256;
const WORDS = SELFTEST.size >>> 2;

/** What became known of the hook groups. */
export type ProofEvent =
  /** Records of all sockets that prove the group in this round came, and were right. */
  | { readonly type: 'right'; readonly group: number; readonly round: number }
  /** A record came that was not; what was wrong with it, half a sentence. */
  | { readonly type: 'wrong'; readonly group: number; readonly round: number; readonly fault: string }
  /** What was open at this time of the boot clock has been shown. */
  | { readonly type: 'shown'; readonly bootNs: number }
  /** Every source of the feature has told all that it held at this time; of what it had to tell, it lost so many units on the way. */
  | { readonly type: 'told'; readonly feature: number; readonly bootNs: number; readonly lost: number };

/** Values of `struct ct_selftest` of 32 bits and fewer. */
type Field = Exclude<keyof typeof SELFTEST, 'size' | 'cookie' | 'opened_ns'>;

/**
 * The sockets of the tracer's own self-test and of its canaries, round by round, and the hook groups they have proven. A group counts as
 * live only after its proof; what a proof is, its feature knows.
 */
export class Proofs {
  /** `struct ct_selftest` of each socket. */
  readonly #words = new Uint32Array(MAX_SOCKETS * WORDS);
  readonly #right = new Uint8Array(MAX_SOCKETS);
  readonly #buckets = new Uint8Array(BUCKETS);
  /** By group: when the last round that proved it began, boot clock, ns. */
  readonly #proven = new Map<number, number>();
  readonly #events = new Subject<ProofEvent>();
  #count = 0;

  /** Everything that becomes known, as it does. Completes with the pipeline. */
  get events$(): Observable<ProofEvent> {
    return this.#events.asObservable();
  }

  /** Takes in a SELFTEST frame; the eldest sockets make room for its own. Returns false when it cannot be one. */
  add({ u32, start, length }: FrameView): boolean {
    const sockets = length / SELFTEST.size;
    if (!Number.isInteger(sockets) || sockets > MAX_SOCKETS) return false;
    const kept = Math.min(this.#count, MAX_SOCKETS - sockets);
    this.#words.copyWithin(0, (this.#count - kept) * WORDS, this.#count * WORDS);
    this.#right.copyWithin(0, this.#count - kept, this.#count);
    this.#count = kept + sockets;
    const at = start >>> 2;
    this.#words.set(u32.subarray(at, at + sockets * WORDS), kept * WORDS);
    this.#right.fill(0, kept, this.#count);
    this.#buckets.fill(0);
    for (let i = 0; i < this.#count; i++) this.#buckets[this.#words[i * WORDS]! & (BUCKETS - 1)] = 1;
    return true;
  }

  /** Whether a socket with this low word of its cookie may be of ours: false for nearly all others. */
  mayKnow(low: number): boolean {
    return this.#buckets[low & (BUCKETS - 1)] !== 0;
  }

  /** How many sockets there are, to be asked for by number. */
  get count(): number {
    return this.#count;
  }

  /** Whether socket `i` has this cookie. */
  is(i: number, low: number, high: number): boolean {
    return this.#words[i * WORDS] === low && this.#words[i * WORDS + 1] === high;
  }

  /** What was told of socket `i`. Addresses are as they stand in memory. */
  told(i: number, field: Field): number {
    const word = this.#words[i * WORDS + (SELFTEST[field] >>> 2)]!;
    if (field === 'local_port') return word & 0xffff;
    return field === 'remote_port' ? word >>> 16 : word;
  }

  /** When the round of socket `i` began, boot clock, ns. */
  openedNs(i: number): number {
    return u64(this.#words, i * WORDS + (SELFTEST.opened_ns >>> 2));
  }

  /** When the last round that proved the group began, boot clock, ns; undefined: none has. */
  provenNs(group: number): number | undefined {
    return this.#proven.get(group);
  }

  proven(group: number): boolean {
    return this.#proven.has(group);
  }

  /** A record of socket `i` came, and says what it should. With those of the other sockets of its round, the group is proven. */
  right(i: number): void {
    if (this.#right[i] === 1) return;
    this.#right[i] = 1;
    const group = this.told(i, 'group');
    const round = this.told(i, 'round');
    for (let k = 0; k < this.#count; k++) {
      if (this.#right[k] === 0 && this.told(k, 'group') === group && this.told(k, 'round') === round) return;
    }
    this.prove(group, this.openedNs(i), round);
  }

  /** A record of socket `i` came, and says something else. */
  wrong(i: number, fault: string): void {
    this.#events.next({ type: 'wrong', group: this.told(i, 'group'), round: this.told(i, 'round'), fault });
  }

  /** The group is live; of groups that prove themselves by what happens, without a round. */
  prove(group: number, openedNs = 0, round = 0): void {
    if (openedNs === 0 && this.#proven.has(group)) return;
    this.#proven.set(group, Math.max(openedNs, this.#proven.get(group) ?? 0));
    this.#events.next({ type: 'right', group, round });
  }

  /** All that was open at this time of the boot clock has been shown. */
  shown(bootNs: number): void {
    this.#events.next({ type: 'shown', bootNs });
  }

  /** Every source of a feature has told all that it held at this time. */
  toldUntil(feature: number, bootNs: number, lost: number): void {
    this.#events.next({ type: 'told', feature, bootNs, lost });
  }

  complete(): void {
    this.#events.complete();
  }
}
