import type { SpoolType } from '../../../spool/type-table.js';
import type { FoundRecords } from './found-records.js';
import { BlockFrame, MessageFrame } from './framing.js';
import { RecordKeys } from './record-keys.js';

/** Where the records of one type go. */
export class Lane {
  partition = -1;
  /** Whether the topic is there, and its end was looked at. */
  ready = false;
  /** Offset of the record that was acknowledged last; -1: none by this producer. */
  lastOffset = -1;
  /** What the topic was found to hold already; null: nothing that is not settled. */
  found: FoundRecords | null = null;
  /** It could not be looked at: what may have been sent before goes out again, and may be there twice. */
  blind = false;

  constructor(readonly topic: string) {}

  /** A new producer looks at the topic anew. */
  reset(): void {
    this.ready = false;
    this.lastOffset = -1;
    this.found = null;
  }
}

/** Records whose outcome is known, and the units they stand for. */
export class Tally {
  records = 0;
  units = 0;

  add(units: number): void {
    this.records++;
    this.units += units;
  }
}

/** Records of a block frame, in the order of the spool: first seq and number of each run of them. */
export class Packed {
  readonly runs: number[] = [];

  add(seq: number): void {
    const { runs } = this;
    const last = runs.length - 2;
    if (last >= 0 && runs[last]! + runs[last + 1]! === seq) runs[last + 1]!++;
    else runs.push(seq, 1);
  }
}

/** A record type by one schema: builds may have written different ones into one spool, all of which go to one topic. */
export class SentType {
  /** null: its records do not say which ones they are. */
  readonly keys: RecordKeys | null;
  readonly message = new MessageFrame();
  readonly block: BlockFrame;
  /** What the block frame holds. */
  packed = new Packed();
  packedKey = Buffer.alloc(0);
  /** Run and running number that its next record must have. */
  packedRun = 0;
  packedNext = 0;
  /** Id of the schema in the registry; 0: none yet. */
  id = 0;
  readonly acked = new Tally();
  readonly deadLettered = new Tally();

  constructor(
    readonly type: SpoolType,
    readonly lane: Lane,
    messageBytes: number,
  ) {
    this.keys = RecordKeys.of(type.name, type.schema);
    this.block = new BlockFrame(messageBytes);
  }

  clear(): void {
    this.block.clear();
    this.packed = new Packed();
  }
}

/** All of them, by what the spool says a record is. */
export class SentTypes {
  readonly #lanes = new Map<string, Lane>();
  readonly #byText = new Map<string, SentType>();
  /** Each segment has objects of its own for the same types. */
  readonly #known = new WeakMap<SpoolType, SentType>();

  constructor(
    private readonly prefix: string,
    private readonly messageBytes: number,
  ) {}

  of(type: SpoolType): SentType {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const text = `${type.name}\n${type.schema}`;
    let found = this.#byText.get(text);
    if (found === undefined) {
      const topic = `${this.prefix}.${type.name}`;
      const lane = this.#lanes.get(topic) ?? new Lane(topic);
      this.#lanes.set(topic, lane);
      found = new SentType(type, lane, this.messageBytes);
      this.#byText.set(text, found);
    }
    this.#known.set(type, found);
    return found;
  }

  all(): IterableIterator<SentType> {
    return this.#byText.values();
  }

  /** Records that a topic took. */
  ackedIn(topic: string): number {
    let sum = 0;
    for (const { lane, acked } of this.all()) if (lane.topic === topic) sum += acked.records;
    return sum;
  }

  lanes(): IterableIterator<Lane> {
    return this.#lanes.values();
  }
}
