import { MAX_RECORDS } from './limits.js';
import type { MessageNames } from './message-names.js';
import { isSvcb, isTexts } from './record-data.js';
import { ENDS_EARLY, RECORD_DATA } from './reject.js';
import { CLASS_IN, TYPE } from './types.js';

/** Bytes of a record behind its name, before its data (RFC 1035 §4.1.3). */
const FIXED_BYTES = 10;
/** Bytes of a SOA behind its two names (RFC 1035 §3.3.13). */
const SOA_BYTES = 20;
/** From here on a class is a word of an update (RFC 2136 §2.4), whose records may have no data. */
const CLASS_NONE = 254;

/** Where the columns begin, each with a row for every record. */
const OWNER = 0;
const TYPES = MAX_RECORDS;
const CLASS = 2 * MAX_RECORDS;
const TTL = 3 * MAX_RECORDS;
const DATA = 4 * MAX_RECORDS;
const LENGTH = 5 * MAX_RECORDS;
const ADDRESS = 6 * MAX_RECORDS;
const TARGET = 7 * MAX_RECORDS;
const MAILBOX = 8 * MAX_RECORDS;
const PARAMETERS = 9 * MAX_RECORDS;
const COLUMNS = 10;

/** Records of a message, in the order they stand there: numbers, places, names. Places are in the bytes that were parsed. */
export class RecordTable {
  count = 0;
  /** All columns: what is read is written here, through one array. */
  readonly #rows = new Int32Array(COLUMNS * MAX_RECORDS);
  /** Numbers of the names of their owners. */
  readonly owner = this.#column(OWNER);
  readonly type = this.#column(TYPES);
  readonly class = this.#column(CLASS);
  /** Seconds, as sent: above 2^31 means 0 (RFC 2181 §8). */
  readonly ttl = new Uint32Array(this.#rows.buffer, 4 * TTL, MAX_RECORDS);
  /** Place and length of the data. */
  readonly data = this.#column(DATA);
  readonly dataLength = this.#column(LENGTH);
  /** Place of the address of an A (4 bytes) or AAAA (16) of class IN; -1 of any other. */
  readonly address = this.#column(ADDRESS);
  /** Number of the name that the data of a CNAME, NS, PTR, DNAME, MX, SRV, SVCB, HTTPS or SOA (first server) tells; -1 of any other. */
  readonly target = this.#column(TARGET);
  /** Number of the mailbox of a SOA that has a target. */
  readonly mailbox = this.#column(MAILBOX);
  /** Place behind the name of a SVCB or HTTPS that has a target, where its parameters begin. */
  readonly parameters = this.#column(PARAMETERS);
  readonly #names: MessageNames;

  #column(from: number): Int32Array {
    return this.#rows.subarray(from, from + MAX_RECORDS);
  }

  constructor(names: MessageNames) {
    this.#names = names;
  }

  /** Reads the record at `at` of the message from `base` to `end`. Returns the place behind it; below 0 the place in REJECT_REASONS, negated. */
  read(u8: Uint8Array, base: number, at: number, end: number): number {
    const names = this.#names;
    const i = this.count;
    const owner = names.read(u8, base, at, end);
    if (owner < 0) return owner;
    const p = names.next;
    const data = p + FIXED_BYTES;
    if (data > end) return -ENDS_EARLY;
    const { view } = names;
    const first = view.getInt32(p);
    const type = first >>> 16;
    const length = view.getUint16(p + 8);
    const behind = data + length;
    if (behind > end) return -ENDS_EARLY;
    const cls = first & 0xffff;
    const rows = this.#rows;
    rows[OWNER + i] = owner;
    rows[TYPES + i] = type;
    rows[CLASS + i] = cls;
    rows[TTL + i] = view.getInt32(p + 4);
    rows[DATA + i] = data;
    rows[LENGTH + i] = length;
    const isAddress = cls === CLASS_IN && (type === TYPE.A || type === TYPE.AAAA);
    rows[ADDRESS + i] = isAddress ? data : -1;
    rows[TARGET + i] = -1;
    if (isAddress) {
      if (length !== (type === TYPE.A ? 4 : 16)) return -RECORD_DATA;
    } else if (length > 0 || cls < CLASS_NONE) {
      const why = this.#data(i, type, u8, base, data, behind);
      if (why !== 0) return -why;
    }
    this.count = i + 1;
    return behind;
  }

  /** Looks into the data; what a type's data cannot be, is none. Returns 0 or the place in REJECT_REASONS. */
  #data(i: number, type: number, u8: Uint8Array, base: number, at: number, behind: number): number {
    switch (type) {
      case TYPE.CNAME:
      case TYPE.NS:
      case TYPE.PTR:
      case TYPE.DNAME:
        return this.#target(i, u8, base, at, behind, 0);
      case TYPE.MX:
        return this.#target(i, u8, base, at + 2, behind, 0);
      case TYPE.SRV:
        return this.#target(i, u8, base, at + 6, behind, 0);
      case TYPE.SOA:
        return this.#target(i, u8, base, at, behind, SOA_BYTES);
      case TYPE.SVCB:
      case TYPE.HTTPS: {
        const why = this.#target(i, u8, base, at + 2, behind, -1);
        if (why !== 0) return why;
        this.#rows[PARAMETERS + i] = this.#names.next;
        return isSvcb(u8, this.#names.next, behind) ? 0 : RECORD_DATA;
      }
      case TYPE.TXT:
        return isTexts(u8, at, behind) ? 0 : RECORD_DATA;
      default:
        return 0;
    }
  }

  /** The name at `at`; `rest` bytes behind it, with another name before them when there are any; -1: whatever there is. */
  #target(i: number, u8: Uint8Array, base: number, at: number, behind: number, rest: number): number {
    const names = this.#names;
    // A name that runs over its record is wrong whatever stands behind; one that runs over the message may have been cut: `behind` is within.
    const target = names.read(u8, base, at, behind);
    if (target < 0) return target === -ENDS_EARLY ? RECORD_DATA : -target;
    this.#rows[TARGET + i] = target;
    if (rest < 0) return 0;
    if (rest > 0) {
      const mailbox = names.read(u8, base, names.next, behind);
      if (mailbox < 0) return mailbox === -ENDS_EARLY ? RECORD_DATA : -mailbox;
      this.#rows[MAILBOX + i] = mailbox;
    }
    return names.next + rest === behind ? 0 : RECORD_DATA;
  }
}
