import type { KafkaTarget } from '../kafka-target.js';
import { KAFKA } from './client-errors.js';
import type { Flight, FlightBlock } from './flight.js';
import type { SentType, SentTypes } from './lane.js';
import type { Producer } from './producer.js';
import type { Reports } from './reports.js';

/** Bounds of what was handed to the client and not reported. */
export const MAX_IN_FLIGHT_RECORDS = 100_000;
export const MAX_IN_FLIGHT_BYTES = 32 << 20;
/** After so many records others have their turn. */
const TURN_RECORDS = 512;

/** Why handing over stopped. */
export type Stop =
  /** There is nothing left. */
  | { readonly why: 'done' }
  /** Others have their turn. */
  | { readonly why: 'turn' }
  /** The bounds are reached, or the client's queue is full: when reports come it goes on. */
  | { readonly why: 'full' }
  /** The producer is not to be used any more. */
  | { readonly why: 'fault' }
  /** This type's topic or schema is not ready. */
  | { readonly why: 'unready'; readonly type: SentType }
  /** The next record will never be taken. */
  | { readonly why: 'poison'; readonly type: SentType; readonly seq: number; readonly reason: string };

const DONE: Stop = { why: 'done' };
const TURN: Stop = { why: 'turn' };
const FULL: Stop = { why: 'full' };
const FAULT: Stop = { why: 'fault' };

/** Hands records to the client, in order, as far as it goes. Nothing is allocated for each. */
export class Handover {
  /** Below this seq a record may have been sent before, by this process or one before it. */
  suspectsEnd = 0;
  /** Records that went out again though they may be in the topic. */
  resent = 0;
  /** Records that were found in the topic, and not sent again. */
  foundAgain = 0;

  constructor(
    private readonly target: Pick<KafkaTarget, 'framing' | 'messageBytes'>,
    private readonly flight: Flight,
    private readonly types: SentTypes,
    private readonly reports: Reports,
  ) {}

  /** Goes on where it stopped. */
  run(producer: Producer): Stop {
    const { flight, reports } = this;
    for (let turn = 0; turn < TURN_RECORDS; turn++) {
      if (reports.fault !== null) return FAULT;
      if (reports.records >= MAX_IN_FLIGHT_RECORDS || reports.valueBytes >= MAX_IN_FLIGHT_BYTES) return FULL;
      const current = flight.current;
      if (current === null) return DONE;
      if (flight.at >= current.block.count) {
        flight.current = current.next;
        flight.at = 0;
        continue;
      }
      if (current.settled[flight.at] === 0) {
        const stop = this.#offer(producer, current, flight.at);
        if (stop !== null) return stop;
      }
      // What it was may have been the last open record of its block.
      if (flight.current === current) flight.at++;
    }
    return TURN;
  }

  /** Sends what waits for more to come. false: there is no room for it now. */
  flush(producer: Producer): boolean {
    if (this.target.framing === 'message') return true;
    for (const type of this.types.all()) if (!this.#sendBlock(producer, type)) return false;
    return true;
  }

  /** What waits is not sent: it comes again. */
  clear(): void {
    for (const type of this.types.all()) type.clear();
  }

  #offer(producer: Producer, { block }: FlightBlock, at: number): Stop | null {
    const type = this.types.of(block.type(at));
    const { lane, keys } = type;
    const seq = block.first + at;
    const bytes = block.bytes(at);
    if (keys === null || !keys.read(bytes))
      return { why: 'poison', type, seq, reason: 'it does not say which record it is' };
    if (!lane.ready || type.id === 0) return { why: 'unready', type };
    if (seq < this.suspectsEnd) {
      if (lane.found?.has(keys.key().toString()) === true) {
        this.foundAgain++;
        this.reports.acked(seq, -1);
        return null;
      }
      if (lane.blind) this.resent++;
    }
    if (this.target.framing === 'block') return this.#pack(producer, type, seq, bytes);
    const value = type.message.value(type.id, bytes);
    const key = keys.key();
    if (value.length + key.length > this.target.messageBytes) return this.#tooLarge(type, seq);
    const code = producer.produce(lane.topic, lane.partition, value, key, seq);
    if (code === 0) {
      this.reports.sent(seq, value.length);
      return null;
    }
    return this.#refused(code, type, seq);
  }

  #pack(producer: Producer, type: SentType, seq: number, bytes: Uint8Array): Stop | null {
    const { block, keys } = type;
    const follows = keys!.run === type.packedRun && keys!.seq === type.packedNext && block.fits(bytes.length);
    if (block.count > 0 && !follows && !this.#sendBlock(producer, type))
      return this.reports.fault === null ? FULL : FAULT;
    if (block.count === 0) {
      if (!block.fits(bytes.length + keys!.key().length)) return this.#tooLarge(type, seq);
      type.packedKey = Buffer.from(keys!.key());
    }
    block.add(bytes);
    type.packed.add(seq);
    type.packedRun = keys!.run;
    type.packedNext = keys!.seq + 1;
    if (this.reports.alone) this.#sendBlock(producer, type);
    return null;
  }

  #sendBlock(producer: Producer, type: SentType): boolean {
    const { block, lane, packed, packedKey } = type;
    if (block.count === 0) return true;
    const value = block.value(type.id);
    const code = producer.produce(lane.topic, lane.partition, value, packedKey, packed);
    if (code === 0) {
      this.reports.sent(packed, value.length);
      type.clear();
      return true;
    }
    if (code !== KAFKA.queueFull) {
      this.reports.fault ??= { kind: 'failed', code, text: `error ${code}`, topic: lane.topic };
    }
    return false;
  }

  #refused(code: number, type: SentType, seq: number): Stop {
    if (code === KAFKA.queueFull) return FULL;
    if (code === KAFKA.messageTooLarge) return this.#tooLarge(type, seq);
    this.reports.fault ??= { kind: 'failed', code, text: `error ${code}`, topic: type.lane.topic };
    return FAULT;
  }

  #tooLarge(type: SentType, seq: number): Stop {
    return {
      why: 'poison',
      type,
      seq,
      reason: `it is larger than a message may be (${this.target.messageBytes} bytes)`,
    };
  }
}
