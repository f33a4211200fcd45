import type { SpoolReader } from '../../../spool/spool-reader.js';
import type { DeliveryReport } from './client.js';
import { isRefusal } from './client-errors.js';
import type { Flight } from './flight.js';
import { Packed, type SentType, type SentTypes } from './lane.js';
import type { OffsetFile } from './offset-file.js';

/** Why a producer is not to be used any more. */
export type Fault =
  /** A message was refused for good, perhaps for what stands beside it in a batch. */
  | { readonly kind: 'refused'; readonly text: string; readonly topic: string }
  /** A message failed, and would have to overtake others to be sent again. */
  | { readonly kind: 'failed'; readonly code: number; readonly text: string; readonly topic: string }
  /** Acknowledged where that cannot be. */
  | { readonly kind: 'offsets'; readonly topic: string; readonly offset: number; readonly before: number };

/** Takes delivery reports: what they say about records goes to the spool, in runs. */
export class Reports {
  /** Messages and bytes of values that were handed over and not reported. */
  messages = 0;
  records = 0;
  valueBytes = 0;
  /** Bytes of values that were acknowledged. */
  ackedBytes = 0;
  /** When the last report came, by the monotonic clock, ms. */
  last = 0;
  /** Likewise, the last one of a message that arrived. */
  acknowledged = -Infinity;
  /** Whether a message is a batch by itself, so that a refusal is about its own records. */
  alone = false;
  /** seqs of records that were refused by themselves. */
  refused: number[] = [];
  fault: Fault | null = null;
  #first = 0;
  #count = 0;
  #scheduled = false;

  constructor(
    private readonly flight: Flight,
    private readonly types: SentTypes,
    private readonly reader: SpoolReader,
    private readonly offsets: OffsetFile,
    /** After each one. */
    private readonly came: () => void,
  ) {}

  /** A message was handed over. @param opaque seq of its record, or what a block holds */
  sent(opaque: unknown, bytes: number): void {
    this.messages++;
    this.records += opaque instanceof Packed ? recordsOf(opaque) : 1;
    this.valueBytes += bytes;
  }

  /** What was handed over to a producer that is gone is not reported any more. */
  forget(): void {
    this.messages = 0;
    this.records = 0;
    this.valueBytes = 0;
    this.fault = null;
  }

  /** @param current whether it is of the producer in use: an earlier one's says what arrived, and nothing about order */
  take(code: number, report: DeliveryReport, text: string, current: boolean): void {
    const { opaque, size, topic, offset } = report;
    if (current) {
      this.messages--;
      this.records -= opaque instanceof Packed ? recordsOf(opaque) : 1;
      this.valueBytes -= size;
      this.last = performance.now();
    }
    if (code !== 0) {
      if (current) this.#failed(code, text, topic, opaque);
    } else if (opaque instanceof Packed) {
      const { runs } = opaque;
      if (!current || this.#inOrder(runs[0]!, offset)) {
        this.ackedBytes += size;
        for (let i = 0; i < runs.length; i += 2)
          for (let seq = runs[i]!; seq < runs[i]! + runs[i + 1]!; seq++) this.acked(seq, offset);
      }
    } else if (!current || this.#inOrder(opaque as number, offset)) {
      this.ackedBytes += size;
      this.acked(opaque as number, offset);
    }
    this.came();
  }

  /** The record is in the topic. @param offset negative: not known where */
  acked(seq: number, offset: number): void {
    const found = this.flight.find(seq);
    if (found === null) return;
    this.acknowledged = this.last;
    const at = seq - found.block.first;
    const type = this.types.of(found.block.type(at));
    type.acked.add(found.block.units(at));
    this.flight.settle(found, seq);
    if (offset >= 0) this.offsets.acknowledged(type.lane.topic, seq, offset);
    if (seq === this.#first + this.#count) this.#count++;
    else {
      this.flush();
      this.#first = seq;
      this.#count = 1;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** The record is a dead letter. */
  deadLettered(seq: number): void {
    const found = this.flight.find(seq);
    if (found === null) return;
    const at = seq - found.block.first;
    this.types.of(found.block.type(at)).deadLettered.add(found.block.units(at));
    this.flight.settle(found, seq);
    this.reader.settle(seq, 1, 'dead_lettered');
  }

  /** Tells the spool what was acknowledged. */
  flush(): void {
    if (this.#count > 0) this.reader.ack(this.#first, this.#count);
    this.#first += this.#count;
    this.#count = 0;
  }

  #failed(code: number, text: string, topic: string, opaque: unknown): void {
    if (!isRefusal(code)) this.fault ??= { kind: 'failed', code, text, topic };
    else if (!this.alone) this.fault ??= { kind: 'refused', text, topic };
    else if (opaque instanceof Packed) {
      const { runs } = opaque;
      for (let i = 0; i < runs.length; i += 2)
        for (let seq = runs[i]!; seq < runs[i]! + runs[i + 1]!; seq++) this.refused.push(seq);
    } else this.refused.push(opaque as number);
  }

  /** One writer has the records of a host: where each stands is behind where the one before does. */
  #inOrder(seq: number, offset: number): boolean {
    const found = this.flight.find(seq);
    if (found === null || offset < 0) return true;
    const { lane }: SentType = this.types.of(found.block.type(seq - found.block.first));
    if (offset <= lane.lastOffset) {
      this.fault ??= { kind: 'offsets', topic: lane.topic, offset, before: lane.lastOffset };
      return false;
    }
    lane.lastOffset = offset;
    return true;
  }
}

function recordsOf({ runs }: Packed): number {
  let sum = 0;
  for (let i = 1; i < runs.length; i += 2) sum += runs[i]!;
  return sum;
}
