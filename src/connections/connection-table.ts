import { ESTABLISHED_TRANSITIONS } from '../avro/connection-source.js';
import { CONN } from '../kernel/layout.gen.js';
import { ENTRY_DOUBLES, EntryStore, FIRST_DOUBLE, PHASE } from './entry-store.js';
import { ENTRY_WORDS, hashIdentity, IdentityIndex } from './identity-index.js';
import { ClientDeltas, DELTA_FIELDS, RECORDS_PER_BATCH, type RecordBatch, VERDICT } from './record-batch.js';

export const DEFAULT_MAX_CONNECTIONS = 1 << 20;
/** Most clients at a time; the flags of an entry have room for eight. */
export const MAX_COLUMNS = 8;

const TOTALS = 5;
const TOLD_ESTABLISHED = 1 << 8;
const TOLD = 1 << 16;
const HIGH = 4294967296;
/** Word offsets in `struct ct_conn`. */
const COOKIE = CONN.cookie >>> 2;
const GENERATION = CONN.generation >>> 2;
const END_NS = CONN.end_ns >>> 2;
const SENT_BYTES = CONN.sent_bytes >>> 2;
const RETRANSMITS = CONN.retransmits >>> 2;
const TRANSITIONS = CONN.transitions >>> 2;
const CONN_WORDS = CONN.size >>> 2;

/** A buried connection is forgotten after this long on the frames' clock, even when no snapshot says that it may be. */
const BURIAL_NS = 60e9;
/** How far every reader must have come beyond the beginning of a full snapshot before what it lacks is given up. */
const GRACE_NS = 2e9;
/** Entries looked at per step of the two sweeps. */
const SWEEP = 1024;

/** What the table did beside its purpose, since the start. */
export interface TableCounters {
  /** Closes of a connection whose close was seen already, in closed connections. */
  repeated: number;
  /** Rows of a connection whose close was seen already, in rows. */
  late: number;
  /** Rows that found no room, in rows; their counts are in the connection's close. */
  rejected: number;
  /** Closes that found no room to be remembered: they were reported, but a late row could report them as open again. */
  unburied: number;
  /** Buried connections forgotten early to make room. */
  exhumed: number;
  /** Open connections that a full snapshot no longer held and whose close never came. */
  forgotten: number;
  /** Totals that went down, in counters; the higher value was kept. */
  underflows: number;
}

/**
 * What conntrail remembers of each connection: which of its totals every client was told, and whether its close was seen. Records carry
 * complete totals, so nothing else is kept. Driven by frames alone; one owner.
 */
export class ConnectionTable {
  readonly #store: EntryStore;
  readonly #index: IdentityIndex;
  readonly #limit: number;
  /** Totals last reported, per client column: the first in the entries, others beside. */
  readonly #told: Float64Array[] = [];
  readonly #stride: number[] = [];
  readonly #offset: number[] = [];
  readonly #active: boolean[] = [];
  readonly #hashes = new Uint32Array(RECORDS_PER_BATCH);
  readonly #met = new Int32Array(RECORDS_PER_BATCH);
  /** Keeps the early loads alive: what nobody uses is optimized away. */
  readonly #sink = new Uint32Array(1);
  /** Snapshot being read or read last. */
  #snapshot = 0;
  /** Buried connections that closed before may go. */
  #releaseBefore = 0;
  #releaseUntil = -1;
  /** Full snapshot that awaits the readers: its id, its beginning; -1 = none. */
  #fullId = 0;
  #fullNs = -1;
  #sweepCursor = -1;
  #sweepId = 0;
  /** false: rows are skipped, their counts stay for a later row. */
  deltasOpen = true;
  readonly counters: TableCounters = {
    repeated: 0,
    late: 0,
    rejected: 0,
    unburied: 0,
    exhumed: 0,
    forgotten: 0,
    underflows: 0,
  };

  constructor(maxConnections = DEFAULT_MAX_CONNECTIONS) {
    this.#limit = maxConnections;
    this.#store = new EntryStore(maxConnections);
    this.#index = new IdentityIndex(this.#store.words);
  }

  /** Open connections that some client was told of. */
  get open(): number {
    return this.#store.open;
  }

  /** Closed connections still remembered. */
  get buried(): number {
    return this.#store.buried;
  }

  /** Bytes in use: entries touched so far, and the index. */
  get bytes(): number {
    const columns = this.#active.length > 1 ? (this.#active.length - 1) * TOTALS * 8 : 0;
    return this.#store.used * (ENTRY_WORDS * 4 + columns) + this.#index.bytes;
  }

  /**
   * Adds a client that was told nothing yet.
   * @returns its column, or -1 when there are MAX_COLUMNS already
   */
  addClient(): number {
    let column = this.#active.indexOf(false);
    if (column < 0) column = this.#active.length;
    if (column >= MAX_COLUMNS) return -1;
    const first = column === 0;
    this.#told[column] = first ? this.#store.doubles : new Float64Array(this.#limit * TOTALS);
    this.#stride[column] = first ? ENTRY_DOUBLES : TOTALS;
    this.#offset[column] = first ? FIRST_DOUBLE : 0;
    this.#active[column] = true;
    for (let entry = 0; entry < this.#store.used; entry++) {
      if (this.#store.phase(entry) !== PHASE.open) continue;
      this.#store.clearFlags(entry, (TOLD | TOLD_ESTABLISHED) << column);
      this.#forgetTotals(column, entry);
    }
    return column;
  }

  removeClient(column: number): void {
    this.#active[column] = false;
  }

  /** Space for the deltas of every column, to be shared by all batches. */
  prepare(batch: RecordBatch): void {
    while (batch.clients.length < this.#active.length) batch.clients.push(new ClientDeltas());
  }

  /** Works out verdicts and deltas. On entry `verdict` is keep or filtered. */
  update(batch: RecordBatch): void {
    this.#step(SWEEP);
    const { u32, count, closed } = batch;
    const hashes = this.#hashes;
    const met = this.#met;
    const index = this.#index;
    const words = this.#store.words;
    const first = batch.base >>> 2;
    // First pass: only loads that do not depend on each other, so that their cache misses overlap.
    for (let i = 0, at = first; i < count; i++, at += CONN_WORDS) {
      const hash = hashIdentity(u32[at + COOKIE]!, u32[at + COOKIE + 1]!, u32[at + GENERATION]!);
      hashes[i] = hash;
      met[i] = index.peek(hash);
    }
    let touched = 0;
    for (let i = 0; i < count; i++) if (met[i] !== 0) touched ^= words[(met[i]! - 1) * ENTRY_WORDS]!;
    this.#sink[0] = touched;
    if (closed) for (let i = 0, at = first; i < count; i++, at += CONN_WORDS) this.#close(batch, i, at);
    else for (let i = 0, at = first; i < count; i++, at += CONN_WORDS) this.#row(batch, i, at);
  }

  /** A snapshot begins. */
  snapshotBegin(id: number): void {
    this.#snapshot = id;
  }

  /** All rows of a snapshot were seen. `beginNs` is when it began. */
  snapshotEnd(beginNs: number, id: number, full: boolean): void {
    this.#release(beginNs);
    if (full && this.#fullNs < 0) {
      this.#fullNs = beginNs;
      this.#fullId = id;
    }
    this.#step(SWEEP * 4);
  }

  /** Everything that every reader read before `readNs` was seen: closes that lack by then were lost. */
  readUntil(readNs: number): void {
    if (this.#fullNs < 0 || this.#sweepCursor >= 0 || readNs < this.#fullNs + GRACE_NS) return;
    this.#sweepCursor = 0;
    this.#sweepId = this.#fullId;
    this.#fullNs = -1;
  }

  clock(bootNs: number): void {
    this.#release(bootNs - BURIAL_NS);
    this.#step(SWEEP * 4);
  }

  #close(batch: RecordBatch, i: number, at: number): void {
    const { u32 } = batch;
    const store = this.#store;
    const low = u32[at + COOKIE]!;
    const high = u32[at + COOKIE + 1]!;
    const generation = u32[at + GENERATION]!;
    const hash = this.#hashes[i]!;
    let entry = this.#index.find(hash, low, high, generation);
    if (entry >= 0 && store.phase(entry) === PHASE.buried) {
      batch.verdict[i] = VERDICT.repeated;
      this.counters.repeated++;
      return;
    }
    if (batch.verdict[i] === VERDICT.keep) this.#report(batch, i, at, entry);
    if (entry < 0) {
      entry = this.#allocate(hash, low, high, generation);
      if (entry < 0) {
        this.counters.unburied++;
        return;
      }
    }
    store.bury(entry, u32[at + END_NS]! + u32[at + END_NS + 1]! * HIGH);
  }

  #row(batch: RecordBatch, i: number, at: number): void {
    const { u32 } = batch;
    const store = this.#store;
    const low = u32[at + COOKIE]!;
    const high = u32[at + COOKIE + 1]!;
    const generation = u32[at + GENERATION]!;
    const hash = this.#hashes[i]!;
    let entry = this.#index.find(hash, low, high, generation);
    if (entry >= 0) {
      if (store.phase(entry) === PHASE.buried) {
        batch.verdict[i] = VERDICT.late;
        this.counters.late++;
        return;
      }
      store.setSeen(entry, this.#snapshot);
    }
    if (batch.verdict[i] !== VERDICT.keep) return;
    if (!this.deltasOpen) {
      batch.verdict[i] = VERDICT.held;
      return;
    }
    if (entry < 0) {
      entry = this.#allocate(hash, low, high, generation);
      if (entry < 0) {
        batch.verdict[i] = VERDICT.rejected;
        this.counters.rejected++;
        return;
      }
      store.setSeen(entry, this.#snapshot);
      for (let column = 0; column < this.#active.length; column++) this.#forgetTotals(column, entry);
    }
    this.#report(batch, i, at, entry);
  }

  /** Fills in what each client is told of record `i`; `entry` -1 means that it was told nothing before. */
  #report(batch: RecordBatch, i: number, at: number, entry: number): void {
    const { u32, closed } = batch;
    const store = this.#store;
    const established = (u32[at + TRANSITIONS]! & ESTABLISHED_TRANSITIONS) !== 0;
    const flags = entry < 0 ? 0 : store.flags(entry);
    for (let column = 0; column < this.#active.length; column++) {
      if (!this.#active[column]) continue;
      const { delta, keep } = batch.clients[column]!;
      const told = this.#told[column]!;
      const last = entry * this.#stride[column]! + this.#offset[column]!;
      const d = i * DELTA_FIELDS;
      let changed = closed || (flags & (TOLD << column)) === 0;
      for (let k = 0; k < TOTALS; k++) {
        const word = at + SENT_BYTES + 2 * k;
        const total = k === 4 ? u32[at + RETRANSMITS]! : u32[word]! + u32[word + 1]! * HIGH;
        let difference = total;
        if (entry >= 0) {
          difference = total - told[last + k]!;
          if (difference < 0) {
            this.counters.underflows++;
            difference = 0;
          } else if (difference > 0) {
            told[last + k] = total;
            changed = true;
          }
        }
        delta[d + k] = difference;
      }
      const greeted = established && (flags & (TOLD_ESTABLISHED << column)) === 0;
      delta[d + 5] = greeted ? 1 : 0;
      delta[d + 6] = closed ? 1 : 0;
      keep[i] = changed || greeted ? 1 : 0;
    }
    if (entry >= 0) store.setFlags(entry, this.#toldFlags(established));
  }

  #toldFlags(established: boolean): number {
    const columns = (1 << this.#active.length) - 1;
    return columns * TOLD + (established ? columns * TOLD_ESTABLISHED : 0);
  }

  #forgetTotals(column: number, entry: number): void {
    const last = entry * this.#stride[column]! + this.#offset[column]!;
    const told = this.#told[column]!;
    for (let k = 0; k < TOTALS; k++) told[last + k] = 0;
  }

  /** Makes room by forgetting the connection buried first, if it must. */
  #allocate(hash: number, low: number, high: number, generation: number): number {
    const store = this.#store;
    if (!store.hasRoom && store.eldest >= 0) {
      this.#freeEldest();
      this.counters.exhumed++;
    }
    const entry = store.allocate(hash, low, high, generation);
    if (entry >= 0) this.#index.insert(hash, entry);
    return entry;
  }

  #freeEldest(): void {
    const entry = this.#store.eldest;
    // The pass of `#step` would wait for this one for ever.
    if (entry === this.#releaseUntil) this.#releaseUntil = -1;
    this.#index.remove(this.#store.hash(entry), entry);
    this.#store.freeEldest();
  }

  /** From now on connections that closed before `ns` need not be remembered. */
  #release(ns: number): void {
    if (ns <= this.#releaseBefore) return;
    this.#releaseBefore = ns;
    this.#releaseUntil = this.#store.youngest;
  }

  /** A slice of the work that may wait, so that no frame takes long. */
  #step(limit: number): void {
    this.#index.step();
    const store = this.#store;
    for (let i = 0; i < limit && this.#releaseUntil >= 0; i++) {
      const entry = store.eldest;
      if (entry < 0 || entry === this.#releaseUntil) this.#releaseUntil = -1;
      if (entry < 0) break;
      if (store.endNs(entry) < this.#releaseBefore) this.#freeEldest();
      else store.requeueEldest();
    }
    if (this.#sweepCursor < 0) return;
    const end = Math.min(this.#sweepCursor + limit, store.used);
    for (let entry = this.#sweepCursor; entry < end; entry++) {
      // Ids count upwards, mod 2^32.
      if (store.phase(entry) !== PHASE.open || ((store.seen(entry) - this.#sweepId) | 0) >= 0) continue;
      this.#index.remove(store.hash(entry), entry);
      store.freeOpen(entry);
      this.counters.forgotten++;
    }
    this.#sweepCursor = end < store.used ? end : -1;
  }
}
