/** Beside a tracer with the probe: what its joins said of each closed connection, and whether they could have said more. */
import { statSync } from 'node:fs';
import type { ConnectionSource } from '../../../src/connections/connection-source.js';
import { CONN } from '../../../src/connections/layout.gen.js';
import type { RecordSource, RecordType } from '../../../src/encoding/record-type.js';
import type { FrameView } from '../../../src/frames/frame-view.js';
import { CORE_KIND, FRAME, MARK } from '../../../src/frames/layout.gen.js';
import { u64 } from '../../../src/frames/words.js';
import { IdentityCheck } from '../../../src/ledger/identities.js';
import { RecordCounts } from '../../../src/ledger/record-counts.js';
import type { RowSums } from '../../../src/ledger/row-sums.js';
import type { Client } from '../../../src/pipeline/client.js';
import type { RecordPort } from '../../../src/pipeline/record-writer.js';
import { COOKIE, FACT, valueOfCookie } from './feature.js';

const CONNECTIONS = 1;
/** Of the mark of a reader that has ended, as a double. */
export const FOREVER = 2 ** 64;

/** Closed connections, by what their join said. */
export interface Joins {
  /** What the fact of their cookie says. */
  right: number;
  /** Anything else. */
  wrong: number;
  /** Nothing, although the fact of their cookie was taken, before them or after. */
  late: number;
  /** Nothing, and no fact of their cookie was ever taken. */
  unknown: number;
}

class Tally {
  right = 0;
  wrong = 0;
  /** Cookies of those without a join. */
  readonly nulls: number[] = [];

  /** @param facts cookies of which a fact was taken */
  joins(facts: ReadonlySet<number>): Joins {
    const late = this.nulls.filter((cookie) => facts.has(cookie)).length;
    return { right: this.right, wrong: this.wrong, late, unknown: this.nulls.length - late };
  }
}

/** A client and a recorder of one tracer. The connections of its own network namespace are told apart: they may be older than it. */
export class JoinWitness {
  readonly #netns = statSync('/proc/self/ns/net').ino;
  readonly #facts = new Set<number>();
  /** Of other namespaces: in frames that were taken after their facts, and in those that were not. */
  readonly #ordered = new Tally();
  readonly #unordered = new Tally();
  /** Of its own namespace. */
  readonly #near = new Tally();
  readonly #check = new IdentityCheck();
  readonly #found = new RecordCounts();
  /** Whether the last frame was UNORDERED. */
  #announced = false;
  /** The frame of connections at hand. */
  #isLate = false;
  #fresh = 0;
  #given = 0;
  /** Units of frames that were not taken after their facts, of which no record of another namespace tells: of its own, and the self-test's. */
  unorderedElse = 0;
  /** Marks of the source of facts, and up to when the last one vouches, boot clock, ns. */
  marks = 0;
  lastMark = 0;
  /** Frames of connections that were read after that, and yet taken without a word. */
  early = 0;
  /** The shortest time from when a frame of connections was read until it was taken after its facts, while those were read, ns. */
  soonestNs = Number.POSITIVE_INFINITY;
  readonly #bootNs: () => number;

  /** @param bootNs the boot clock, ns, which frames are stamped by */
  constructor(bootNs: () => number) {
    this.#bootNs = bootNs;
  }

  /** Sees each frame before the pipeline does. */
  readonly recorder = ({ kind, fresh, u32, start }: FrameView): void => {
    this.#settle();
    if (kind === FACT) this.#facts.add(u32[(start + COOKIE) >>> 2]!);
    if (kind === CORE_KIND.mark) {
      this.marks++;
      this.lastMark = u64(u32, (start + MARK.boot_ns) >>> 2);
    }
    if (kind >>> 8 === CONNECTIONS) {
      this.#isLate = this.#announced;
      this.#fresh = fresh;
      const readNs = u64(u32, (start - FRAME.size + FRAME.boot_ns) >>> 2);
      // Of what holds nothing new there is nothing to tell.
      if (fresh > 0 && !this.#announced) {
        if (readNs > this.lastMark) this.early++;
        if (this.lastMark < FOREVER) this.soonestNs = Math.min(this.soonestNs, this.#bootNs() - readNs);
      }
    }
    this.#announced = kind === CORE_KIND.unordered;
  };

  readonly client: Client = {
    name: 'witness',
    writer: {
      port: <S extends RecordSource>({ name }: RecordType<S>): RecordPort<S> | null => {
        if (name !== 'connection') return null;
        return { write: (source, units) => this.#write(source as unknown as ConnectionSource, units) };
      },
      ledger: (record) => {
        this.#check.ledger(record, this.#found);
        this.#found.clear();
      },
      push() {},
      backlog: 0,
    },
  };

  /** What does not hold of the ledger, a sentence each; once the tracer has stopped. */
  get violations(): string[] {
    return this.#check
      .end(this.#found)
      .map(({ identity, of, rule, left, right }) => `${identity} of ${of}: ${rule}: ${left} is not ${right}`);
  }

  /** The ledger's sums. */
  row(feature: string): RowSums {
    return this.#check.sums.rows.get(feature)!;
  }

  /** Connections of other namespaces whose frames were taken after their facts. */
  get ordered(): Joins {
    return this.#ordered.joins(this.#facts);
  }

  /** Those of which UNORDERED tells. */
  get unordered(): Joins {
    return this.#unordered.joins(this.#facts);
  }

  get near(): Joins {
    return this.#near.joins(this.#facts);
  }

  /** The frame before this one has been worked through. */
  #settle(): void {
    if (this.#isLate) this.unorderedElse += this.#fresh - this.#given;
    this.#isLate = false;
    this.#given = 0;
  }

  #write({ u32, base, joins, place }: ConnectionSource, units: number): void {
    this.#found.add('connection', 1, units);
    if (units === 0) return;
    const isNear = u32[(base + CONN.netns_inode) >>> 2] === this.#netns;
    if (!isNear) this.#given++;
    const tally = isNear ? this.#near : this.#isLate ? this.#unordered : this.#ordered;
    const cookie = u32[(base + CONN.cookie) >>> 2]!;
    const handle = joins[0]!.column.handles[place]!;
    if (handle === 0) tally.nulls.push(cookie);
    else if (handle === valueOfCookie(cookie)) tally.right++;
    else tally.wrong++;
  }
}
