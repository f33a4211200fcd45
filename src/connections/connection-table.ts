import { BurialQueue } from './burial-queue.js';
import { ESTABLISHED_TRANSITIONS } from './connection-source.js';
import { ENTRY_DOUBLES, EntryStore, FIRST_DOUBLE, PHASE } from './entry-store.js';
import { IdentityIndex } from './identity-index.js';
import { CONN, UDP } from './layout.gen.js';
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
const PROTOCOL = CONN.protocol >>> 2;
const PROTOCOL_SHIFT = 8 * (CONN.protocol & 3);
const SENT_BYTES = CONN.sent_bytes >>> 2;
const RECEIVED_BYTES = CONN.received_bytes >>> 2;
const SENT_PACKETS = CONN.sent_packets >>> 2;
const RECEIVED_PACKETS = CONN.received_packets >>> 2;
const RETRANSMITS = CONN.retransmits >>> 2;
const TRANSITIONS = CONN.transitions >>> 2;
const CONN_WORDS = CONN.size >>> 2;

/** A buried connection is forgotten after this long on the frames' clock, even when no snapshot says that it may be. */
const BURIAL_NS = 60e9;
/** How far every reader must have come beyond the beginning of a full snapshot before what it lacks is given up. */
const GRACE_NS = 2e9;
/** Closed connections forgotten at a time. */
const RELEASES = 32;
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
  /** Rows in which a count or a time is larger than any can be, in rows. */
  impossible: number;
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
  readonly #graves = new BurialQueue();
  readonly #index: IdentityIndex;
  readonly #limit: number;
  /** Totals last reported, per client column: the first in the entries, others beside. */
  readonly #told: Float64Array[] = [];
  readonly #stride: number[] = [];
  readonly #offset: number[] = [];
  readonly #active: boolean[] = [];
  readonly #hashes = new Uint32Array(RECORDS_PER_BATCH);
  /** Entry of each record of the batch, or -1. */
  readonly #entries = new Int32Array(RECORDS_PER_BATCH);
  /** 1: no client was told of the record's connection yet. */
  readonly #isNew = new Uint8Array(RECORDS_PER_BATCH);
  /** Snapshot being read or read last. */
  #snapshot = 0;
  /** The latest time that the frames told, boot clock. */
  #nowNs = 0;
  /** Buried connections that closed before may go. */
  #releaseBefore = 0;
  /** How many of the eldest are still to be looked at. */
  #releaseLeft = 0;
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
    impossible: 0,
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

  /** Bytes in use: entries touched so far, the index, and the queue of closed ones. */
  get bytes(): number {
    const columns = this.#active.length > 1 ? (this.#active.length - 1) * TOTALS * 8 : 0;
    return this.#store.bytes + this.#store.used * columns + this.#index.bytes + this.#graves.bytes;
  }

  /**
   * Adds a client that was told nothing yet.
   * @param column of its totals, below MAX_COLUMNS and free
   */
  addClient(column: number): void {
    const first = column === 0;
    this.#told[column] = first ? this.#store.doubles : new Float64Array(this.#limit * TOTALS);
    this.#stride[column] = first ? ENTRY_DOUBLES : TOTALS;
    this.#offset[column] = first ? FIRST_DOUBLE : 0;
    while (this.#active.length <= column) this.#active.push(false);
    this.#active[column] = true;
    for (let entry = 0; entry < this.#store.used; entry++) {
      if (this.#store.phase(entry) !== PHASE.open) continue;
      this.#store.clearFlags(entry, (TOLD | TOLD_ESTABLISHED) << column);
      this.#forgetTotals(column, entry);
    }
  }

  removeClient(column: number): void {
    this.#active[column] = false;
  }

  /** Space for the deltas of every column, to be shared by all batches. */
  prepare(batch: RecordBatch): void {
    while (batch.clients.length < this.#active.length) batch.clients.push(new ClientDeltas());
  }

  /** Works out verdicts and deltas. On entry `verdict` is keep, filtered, selfTest, canary or impossible. */
  update(batch: RecordBatch): void {
    this.#step(SWEEP);
    const first = batch.base >>> 2;
    this.#index.lookUp(batch.u32, first, CONN_WORDS, batch.count, this.#hashes, this.#entries);
    if (batch.closed) this.#resolveCloses(batch, first);
    else this.#resolveRows(batch, first);
    for (let column = 0; column < this.#active.length; column++) {
      if (this.#active[column]) this.#report(batch, first, column);
    }
    if (batch.closed) this.#bury(batch, first);
  }

  /** A snapshot begins. */
  snapshotBegin(id: number): void {
    this.#snapshot = id;
  }

  /** All rows of a snapshot were seen. `beginNs` is when it began. */
  snapshotEnd(beginNs: number, id: number, full: boolean): void {
    this.#nowNs = Math.max(this.#nowNs, beginNs);
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
    this.#nowNs = Math.max(this.#nowNs, bootNs);
    this.#release(bootNs - BURIAL_NS);
    this.#step(SWEEP * 4);
  }

  /** Finds out which closes are second ones, and finds or makes the entries of the others. */
  #resolveCloses({ u32, count, verdict }: RecordBatch, first: number): void {
    const store = this.#store;
    const { exhumed } = this.counters;
    for (let i = 0, at = first; i < count; i++, at += CONN_WORDS) {
      if (verdict[i] === VERDICT.impossible) continue;
      let entry = this.#entries[i]!;
      // A record before it may have made the entry, or taken its place.
      if (entry < 0 || exhumed !== this.counters.exhumed) entry = this.#find(u32, at, this.#hashes[i]!);
      this.#isNew[i] = entry < 0 ? 1 : 0;
      if (entry >= 0 && store.phase(entry) !== PHASE.open) {
        verdict[i] = VERDICT.repeated;
        this.counters.repeated++;
        continue;
      }
      if (entry < 0) entry = this.#allocate(u32, at, this.#hashes[i]!);
      if (entry < 0) this.counters.unburied++;
      else store.startClosing(entry);
      this.#entries[i] = entry;
    }
  }

  /** Finds out which rows come too late or must wait, and finds or makes the entries of the others. */
  #resolveRows({ u32, count, verdict }: RecordBatch, first: number): void {
    const store = this.#store;
    const { exhumed } = this.counters;
    for (let i = 0, at = first; i < count; i++, at += CONN_WORDS) {
      let entry = this.#entries[i]!;
      if (entry < 0 || exhumed !== this.counters.exhumed) entry = this.#find(u32, at, this.#hashes[i]!);
      this.#isNew[i] = entry < 0 ? 1 : 0;
      if (entry >= 0) {
        if (store.phase(entry) !== PHASE.open) {
          verdict[i] = VERDICT.late;
          this.counters.late++;
          continue;
        }
        store.setSeen(entry, this.#snapshot);
      }
      if (verdict[i] === VERDICT.impossible) this.counters.impossible++;
      if (verdict[i] !== VERDICT.keep) continue;
      if (!this.deltasOpen) {
        verdict[i] = VERDICT.held;
        continue;
      }
      if (entry < 0) {
        entry = this.#allocate(u32, at, this.#hashes[i]!);
        if (entry < 0) {
          verdict[i] = VERDICT.rejected;
          this.counters.rejected++;
          continue;
        }
        store.setSeen(entry, this.#snapshot);
      }
      this.#entries[i] = entry;
    }
  }

  /** Works out what one client is told of each record. */
  #report(batch: RecordBatch, first: number, column: number): void {
    const { u32, count, closed, verdict } = batch;
    const { delta, keep } = batch.clients[column]!;
    const store = this.#store;
    const told = this.#told[column]!;
    const stride = this.#stride[column]!;
    const offset = this.#offset[column]!;
    const toldBit = TOLD << column;
    const establishedBit = TOLD_ESTABLISHED << column;
    for (let i = 0, at = first, d = 0; i < count; i++, at += CONN_WORDS, d += DELTA_FIELDS) {
      if (verdict[i] !== VERDICT.keep) continue;
      let sentBytes = u32[at + SENT_BYTES]! + u32[at + SENT_BYTES + 1]! * HIGH;
      let receivedBytes = u32[at + RECEIVED_BYTES]! + u32[at + RECEIVED_BYTES + 1]! * HIGH;
      let sentPackets = u32[at + SENT_PACKETS]! + u32[at + SENT_PACKETS + 1]! * HIGH;
      let receivedPackets = u32[at + RECEIVED_PACKETS]! + u32[at + RECEIVED_PACKETS + 1]! * HIGH;
      let retransmits = u32[at + RETRANSMITS]!;
      let established = (u32[at + TRANSITIONS]! & ESTABLISHED_TRANSITIONS) !== 0;
      let isNews = true;
      const entry = this.#entries[i]!;
      if (this.#isNew[i] === 0) {
        const last = entry * stride + offset;
        sentBytes = this.#grown(sentBytes, told, last);
        receivedBytes = this.#grown(receivedBytes, told, last + 1);
        sentPackets = this.#grown(sentPackets, told, last + 2);
        receivedPackets = this.#grown(receivedPackets, told, last + 3);
        retransmits = this.#grown(retransmits, told, last + 4);
        const flags = store.flags(entry);
        established = established && (flags & establishedBit) === 0;
        // Nothing here is negative, so the sum is 0 only when all are.
        isNews =
          closed ||
          established ||
          (flags & toldBit) === 0 ||
          sentBytes + receivedBytes + sentPackets + receivedPackets + retransmits !== 0;
        store.putFlags(entry, flags | toldBit | (established ? establishedBit : 0));
      } else if (!closed) {
        const last = entry * stride + offset;
        told[last] = sentBytes;
        told[last + 1] = receivedBytes;
        told[last + 2] = sentPackets;
        told[last + 3] = receivedPackets;
        told[last + 4] = retransmits;
        store.setFlags(entry, toldBit | (established ? establishedBit : 0));
      }
      delta[d] = sentBytes;
      delta[d + 1] = receivedBytes;
      delta[d + 2] = sentPackets;
      delta[d + 3] = receivedPackets;
      delta[d + 4] = retransmits;
      delta[d + 5] = established ? 1 : 0;
      delta[d + 6] = closed ? 1 : 0;
      keep[i] = isNews ? 1 : 0;
    }
  }

  /** What was added to a total since it was last told; a total cannot go down. */
  #grown(total: number, told: Float64Array, place: number): number {
    const difference = total - told[place]!;
    if (difference < 0) {
      this.counters.underflows++;
      return 0;
    }
    told[place] = total;
    return difference;
  }

  /** From now on the closes of the batch are repeated when they come again. */
  #bury({ u32, count, verdict }: RecordBatch, first: number): void {
    for (let i = 0, at = first; i < count; i++, at += CONN_WORDS) {
      const entry = this.#entries[i]!;
      if (verdict[i] === VERDICT.repeated || verdict[i] === VERDICT.impossible || entry < 0) continue;
      this.#store.bury(entry);
      this.#graves.push(entry, this.#hashes[i]!, this.#closedNs(u32, at));
    }
  }

  /** When a row of the connection can have been read last. UDP records tell of the last datagram, however long ago the socket was closed. */
  #closedNs(u32: Uint32Array, at: number): number {
    const endNs = u32[at + END_NS]! + u32[at + END_NS + 1]! * HIGH;
    const udp = ((u32[at + PROTOCOL]! >>> PROTOCOL_SHIFT) & 0xff) === UDP;
    return udp ? Math.max(endNs, this.#nowNs + GRACE_NS) : endNs;
  }

  #find(u32: Uint32Array, at: number, hash: number): number {
    return this.#index.find(hash, u32[at + COOKIE]!, u32[at + COOKIE + 1]!, u32[at + GENERATION]!);
  }

  #forgetTotals(column: number, entry: number): void {
    const last = entry * this.#stride[column]! + this.#offset[column]!;
    const told = this.#told[column]!;
    for (let k = 0; k < TOTALS; k++) told[last + k] = 0;
  }

  /** An open entry, or -1. Makes room by forgetting the connection buried first, if it must. */
  #allocate(u32: Uint32Array, at: number, hash: number): number {
    const store = this.#store;
    if (!store.hasRoom && this.#graves.length > 0) {
      this.#freeEldest();
      this.counters.exhumed++;
    }
    const entry = store.allocate(hash, u32[at + COOKIE]!, u32[at + COOKIE + 1]!, u32[at + GENERATION]!);
    if (entry >= 0) this.#index.insert(hash, entry);
    return entry;
  }

  #freeEldest(): void {
    const graves = this.#graves;
    const entry = graves.entry(0);
    this.#index.remove(graves.hash(0), entry);
    this.#store.freeBuried(entry);
    graves.shift();
    if (this.#releaseLeft > 0) this.#releaseLeft--;
  }

  /** From now on connections that closed before `ns` need not be remembered. */
  #release(ns: number): void {
    if (ns <= this.#releaseBefore) return;
    this.#releaseBefore = ns;
    this.#releaseLeft = this.#graves.length;
  }

  /** Forgets those of the eldest that may go; the others are looked at again after the next snapshot. */
  #releaseSome(): void {
    const graves = this.#graves;
    const count = Math.min(RELEASES, this.#releaseLeft);
    // Loads that do not depend on each other, so that their cache misses overlap.
    for (let i = 0; i < count; i++) this.#index.touch(graves.hash(i));
    for (let i = 0; i < count; i++) {
      const endNs = graves.endNs(0);
      if (endNs < this.#releaseBefore) {
        this.#freeEldest();
        continue;
      }
      graves.push(graves.entry(0), graves.hash(0), endNs);
      graves.shift();
      this.#releaseLeft--;
    }
  }

  /** A slice of the work that may wait, so that no frame takes long. */
  #step(limit: number): void {
    this.#index.step();
    const store = this.#store;
    for (let left = limit; left > 0 && this.#releaseLeft > 0; left -= RELEASES) this.#releaseSome();
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
