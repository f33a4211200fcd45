import type { StageContext } from '../../pipeline/stage.js';
import { IPV4, SEGMENT } from '../layout.gen.js';
import type { NameTable } from '../message/name-table.js';
import type { QuerySlots } from '../queries/query-slots.js';
import { COUNTED, NO_ROOM, NOT_WANTED, type Tally } from '../queries/tally.js';
import { OUTCOME } from '../records/outcome.js';
import { RCODE_SYMBOLS, rcodeIndex } from '../records/rcode-symbols.js';
import { ROLE } from '../role.js';
import type { SharedTexts } from './shared-texts.js';
import { StatisticsTable } from './statistics-table.js';
import type { StatisticsTeller } from './statistics-teller.js';

const RCODES = RCODE_SYMBOLS.length;
const NOERROR = 0;
/** Rows that are told in one slice: some 2 ms. */
const SLICE = 256;
/** First byte of IPv4 addresses of loopback (RFC 1122 §3.2.1.3). */
const LOOPBACK = 127;

export interface StatisticsOptions {
  readonly maxStatistics: number;
  readonly loopback: boolean;
  /** Of the hashes: 32 bits that are not known outside. */
  readonly seed: number;
}

/** Counts what clients ask, and tells it at the end of each interval: rows of two tables, one that is counted in and one that is told. */
export class Statistics implements Tally {
  readonly #clock: StageContext['clock'];
  readonly #slots: QuerySlots;
  readonly #names: NameTable;
  readonly #shared: SharedTexts | null;
  readonly #teller: StatisticsTeller;
  readonly #loopback: boolean;
  #counted: StatisticsTable;
  #told: StatisticsTable;
  /** Row that was told last. */
  #row = 0;
  /** When this interval began, boot clock, ns; -1: not yet. */
  #beginNs = -1;
  /** Queries whose statistic found no room. */
  dropped = 0;

  /** @param shared where different names are shown alike; null: nowhere */
  constructor(
    { clock }: StageContext,
    slots: QuerySlots,
    names: NameTable,
    shared: SharedTexts | null,
    teller: StatisticsTeller,
    { maxStatistics, loopback, seed }: StatisticsOptions,
  ) {
    this.#clock = clock;
    this.#slots = slots;
    this.#names = names;
    this.#shared = shared;
    this.#teller = teller;
    this.#loopback = loopback;
    this.#counted = new StatisticsTable(maxStatistics, seed);
    this.#told = new StatisticsTable(maxStatistics, seed);
  }

  get rows(): number {
    return this.#counted.rows;
  }

  answered(slot: number, rcode: number, latencyUs: number): number {
    if (!this.#isWanted(slot)) return NOT_WANTED;
    const table = this.#counted;
    const row = this.#rowOf(slot);
    if (row === 0) return NO_ROOM;
    const bins = rcode === NOERROR ? table.success : table.failure;
    if (!bins.add(row, latencyUs)) {
      this.dropped++;
      return NO_ROOM;
    }
    table.rcodes[row * RCODES + rcodeIndex(rcode)]!++;
    return this.#count(row, slot);
  }

  unanswered(slot: number, outcome: number): number {
    if (!this.#isWanted(slot)) return NOT_WANTED;
    const row = this.#rowOf(slot);
    if (row === 0) return NO_ROOM;
    if (outcome === OUTCOME.timedOut) this.#counted.timeOuts[row]!++;
    else this.#counted.givenUp[row]!++;
    return this.#count(row, slot);
  }

  /** An interval ends: its rows are told from now on, in slices. */
  flush(): void {
    while (this.proceed());
    const { nowNs, wallOffsetUs } = this.#clock;
    const table = this.#counted;
    this.#counted = this.#told;
    this.#told = table;
    this.#row = 0;
    this.#teller.begin(this.#clock.utcUs(Math.max(this.#beginNs, 0)), this.#clock.utcUs(nowNs), wallOffsetUs);
    this.#beginNs = nowNs;
    this.#shared?.clear();
  }

  /** Time passes. */
  clock(): void {
    if (this.#beginNs < 0) this.#beginNs = this.#clock.nowNs;
  }

  /** Tells a slice of the rows; whether there are more. */
  proceed(): boolean {
    const table = this.#told;
    for (let i = 0; i < SLICE; i++) {
      if (this.#row === table.rows) {
        table.clear();
        this.#row = 0;
        return false;
      }
      const row = ++this.#row;
      this.#teller.tell(table, row);
      this.#names.release(table.name[row]!);
    }
    return true;
  }

  #isWanted(slot: number): boolean {
    return this.#slots.role[slot] === ROLE.client && (this.#loopback || !this.#isLoopback(slot));
  }

  #rowOf(slot: number): number {
    const slots = this.#slots;
    const own = slots.name[slot]!;
    const name = this.#shared === null ? own : this.#shared.handleOf(own);
    const before = this.#counted.rows;
    const row = this.#counted.rowOf(slots.u32, slots.word(slot), name, slots.type[slot]!);
    if (this.#counted.rows > before) this.#names.retain(name);
    if (row === 0) this.dropped++;
    return row;
  }

  #count(row: number, slot: number): number {
    const slots = this.#slots;
    this.#counted.retries[row]! += slots.retries[slot]!;
    this.#counted.describe(row, slots.u32, slots.word(slot));
    return COUNTED;
  }

  #isLoopback(slot: number): boolean {
    const { u8, u32 } = this.#slots;
    const at = slot * SEGMENT.size + SEGMENT.remote_address;
    if (u8[slot * SEGMENT.size + SEGMENT.family] === IPV4) return u8[at] === LOOPBACK;
    const word = at >>> 2;
    // ::1
    return u32[word] === 0 && u32[word + 1] === 0 && u32[word + 2] === 0 && u32[word + 3] === 0x01000000;
  }
}
