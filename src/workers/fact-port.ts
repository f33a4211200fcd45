import { ACCOUNT, CORE_KIND, FRAME, LOST_PLACES, MARK, NOTE_PLACES } from '../frames/layout.gen.js';
import type { RingProducer } from './ring-producer.js';

/** Time of the last mark: nothing follows. */
const FOREVER = 0xffff_ffff_ffff_ffffn;

/**
 * What a poll writes wakes the consumer once, at its end, or each time that this part of the ring waits: it would take a turn for every
 * frame else.
 */
const WAKE_PART = 1 / 8;

/** Counters in the words of `struct ct_account`; a source in TypeScript reads nothing twice and holds nothing back. */
type Total = 'attempted' | 'emitted' | 'read' | 'enqueued' | 'dropped';

/** Which one of the sources that account for a feature. */
export interface AccountShare {
  readonly source: number;
  readonly sources: number;
}

/**
 * Where a source in TypeScript puts what it finds out: frames of its feature in its own ring, and the account of them. Units are the feature's.
 */
export class FactPort {
  readonly #producer: RingProducer;
  readonly #bootNs: () => bigint;
  readonly #account = new Uint8Array(ACCOUNT.size);
  readonly #totals = new DataView(this.#account.buffer);
  readonly #mark = new Uint8Array(MARK.size);
  /** Bytes written that the consumer was not woken for. */
  #quiet = 0;

  /**
   * @param feature enum ct_feature
   * @param bootNs the boot clock, ns
   */
  constructor(
    producer: RingProducer,
    feature: number,
    bootNs: () => bigint,
    share: AccountShare = { source: 0, sources: 1 },
  ) {
    this.#producer = producer;
    this.#bootNs = bootNs;
    this.#totals.setUint16(ACCOUNT.feature, feature, true);
    this.#totals.setUint16(ACCOUNT.source, share.source, true);
    this.#totals.setUint16(ACCOUNT.sources, share.sources, true);
  }

  /** The boot clock, ns: the one by which records are told. */
  get bootNs(): bigint {
    return this.#bootNs();
  }

  /**
   * Writes one frame, which is taken at the end of the poll at the latest.
   * @param kind of this feature
   * @param payload as the feature's layout says
   * @returns false when there was no room: it is lost, counted
   */
  write(kind: number, payload: Uint8Array, units = 1): boolean {
    this.#add('attempted', units);
    this.#add('emitted', units);
    this.#add('read', units);
    this.#stamp();
    const written = this.#producer.write(kind, payload, units, true);
    this.#quiet += FRAME.size + payload.length;
    if (this.#quiet >= this.#producer.capacity * WAKE_PART || !written) this.#wake();
    this.#add(written ? 'enqueued' : 'dropped', units);
    return written;
  }

  /** Units that are known to have been, and could not be had. @param cause place in the feature's `causes` */
  lose(cause: number, units: number): void {
    if (cause < 0 || cause >= LOST_PLACES) throw new RangeError(`a feature has at most ${LOST_PLACES} causes of loss`);
    this.#add('attempted', units);
    this.#bump(ACCOUNT.lost + 8 * cause, units);
  }

  /** @param place in the feature's `notes` */
  note(place: number, count = 1): void {
    if (place < 0 || place >= NOTE_PLACES) throw new RangeError(`a feature has at most ${NOTE_PLACES} notes`);
    this.#bump(ACCOUNT.notes + 8 * place, count);
  }

  /** Whether an account and a mark find room: they are written later rather than lost. @internal */
  get hasRoom(): boolean {
    return this.#producer.hasRoom(ACCOUNT.size + MARK.size, 2);
  }

  /**
   * Accounts for everything written, and vouches that all that was so before `since` is in it.
   * @internal
   */
  settle(since: bigint): void {
    if (this.hasRoom) this.#send(since, false, since);
    if (this.#quiet > 0) this.#wake();
  }

  /** The last account and mark; the ring ends. @internal */
  end(): void {
    this.#send(this.bootNs, true, FOREVER);
    this.#producer.end();
  }

  #send(since: bigint, final: boolean, mark: bigint): void {
    this.#totals.setBigUint64(ACCOUNT.boot_ns, since, true);
    this.#totals.setUint16(ACCOUNT.final, final ? 1 : 0, true);
    new DataView(this.#mark.buffer).setBigUint64(MARK.boot_ns, mark, true);
    this.#stamp();
    // No frame of others waits for these marks: those of BPF rings alone are waited for.
    this.#producer.write(CORE_KIND.account, this.#account, 0, true);
    this.#producer.write(CORE_KIND.mark, this.#mark, 0, true);
  }

  #wake(): void {
    this.#quiet = 0;
    this.#producer.wake();
  }

  #stamp(): void {
    const now = this.#bootNs();
    this.#producer.bootLow = Number(now & 0xffff_ffffn);
    this.#producer.bootHigh = Number(now >> 32n);
  }

  #add(total: Total, units: number): void {
    this.#bump(ACCOUNT[total], units);
  }

  #bump(at: number, by: number): void {
    this.#totals.setBigUint64(at, this.#totals.getBigUint64(at, true) + BigInt(by), true);
  }
}
