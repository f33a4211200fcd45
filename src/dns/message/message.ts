import { DnsChain } from './chain.js';
import { BROKEN_OPTIONS, extendedErrorOf, NO_EXTENDED_ERROR } from './edns.js';
import { hashKeys } from './hash-keys.js';
import { HEADER_BYTES, MAX_MESSAGE_BYTES, MAX_RECORDS } from './limits.js';
import { MessageNames } from './message-names.js';
import { RecordTable } from './record-table.js';
import { ACCEPTED, EDNS, ENDS_EARLY, LENGTH, QUESTIONS } from './reject.js';
import { skipName } from './skip-name.js';
import { TYPE } from './types.js';

/** Bytes of a record behind its name, before its data (RFC 1035 §4.1.3). */
const FIXED_BYTES = 10;
/** Bytes of a question behind its name. */
const QUESTION_BYTES = 4;
/** Bytes of an OPT record without its options. */
const OPT_BYTES = 1 + FIXED_BYTES;

/**
 * One DNS message (RFC 1035 §4), read in place: offsets, numbers and the distinct names. The object is used again for the next message;
 * `parse` allocates nothing, throws nothing, and does no more work than limits.ts allows.
 */
export class DnsMessage {
  /** Bytes that were parsed last; offsets below are places in them. */
  u8: Uint8Array = new Uint8Array(0);
  base = 0;
  end = 0;
  /** Place behind all that was looked at. */
  behind = 0;
  /** The message itself ended before all that its header announces was read: it was cut by who captured it, or by its server. */
  partial = false;
  /** As `parse` was told. */
  cut = false;
  /** Number of the question's name, which is 0; -1 without a question, or where that was cut. */
  questionName = -1;
  /** Records of the answer section that are in `records`: all of them, unless `partial` or `bounded`. */
  answers = 0;
  /** Further ones behind them, of a parser of all sections. */
  authorities = 0;
  additionals = 0;
  /** Place of the OPT record's data, -1 without EDNS (RFC 6891). */
  edns = -1;
  /** Code of the first extended error (RFC 8914); -1 none. */
  extendedError = NO_EXTENDED_ERROR;
  readonly names: MessageNames;
  readonly records: RecordTable;
  readonly chain = new DnsChain();
  readonly #all: boolean;
  #questionEnd = 0;
  /**
   * @param keys of the hash of names, as hashKeys makes them: the same for all that compare names
   * @param all whether records of the authority and additional sections are kept, too; else they are passed over, but for EDNS
   */
  constructor(keys: Uint32Array = hashKeys(), all = false) {
    this.names = new MessageNames(keys);
    this.records = new RecordTable(this.names);
    this.#all = all;
  }

  get id(): number {
    return this.#word(0);
  }

  get response(): boolean {
    return (this.#flags & 0x8000) !== 0;
  }

  get opcode(): number {
    return (this.#flags >>> 11) & 0xf;
  }

  get authoritative(): boolean {
    return (this.#flags & 0x0400) !== 0;
  }

  get truncated(): boolean {
    return (this.#flags & 0x0200) !== 0;
  }

  get recursionDesired(): boolean {
    return (this.#flags & 0x0100) !== 0;
  }

  get recursionAvailable(): boolean {
    return (this.#flags & 0x80) !== 0;
  }

  get authenticData(): boolean {
    return (this.#flags & 0x20) !== 0;
  }

  get checkingDisabled(): boolean {
    return (this.#flags & 0x10) !== 0;
  }

  /** With the upper bits of EDNS, where there is an OPT record. */
  get rcode(): number {
    return (this.#flags & 0xf) | (this.edns < 0 ? 0 : this.u8[this.edns - 6]! << 4);
  }

  /** 0 or 1. */
  get questions(): number {
    return this.#word(4);
  }

  /** -1 without a question. */
  get questionType(): number {
    return this.questionName < 0 ? -1 : this.#wordAt(this.#questionEnd - 4);
  }

  get questionClass(): number {
    return this.questionName < 0 ? -1 : this.#wordAt(this.#questionEnd - 2);
  }

  /** Numbers that the header announces. */
  get announcedAnswers(): number {
    return this.#word(6);
  }

  get announcedAuthorities(): number {
    return this.#word(8);
  }

  get announcedAdditionals(): number {
    return this.#word(10);
  }

  /** There are more records than MAX_RECORDS: the rest was not looked at. */
  get bounded(): boolean {
    return this.announcedAnswers + this.announcedAuthorities + this.announcedAdditionals > MAX_RECORDS;
  }

  /** Bytes of the OPT record's data; this and what follows only where there is one. */
  get ednsLength(): number {
    return (this.u8[this.edns - 2]! << 8) | this.u8[this.edns - 1]!;
  }

  /** Bytes of the largest datagram that its sender takes. */
  get ednsSize(): number {
    return (this.u8[this.edns - 8]! << 8) | this.u8[this.edns - 7]!;
  }

  get ednsVersion(): number {
    return this.u8[this.edns - 5]!;
  }

  get dnssecOk(): boolean {
    return (this.u8[this.edns - 4]! & 0x80) !== 0;
  }

  get #flags(): number {
    return this.#word(2);
  }

  /** A word of the header (RFC 1035 §4.1.1). */
  #word(place: number): number {
    return this.#wordAt(this.base + place);
  }

  #wordAt(at: number): number {
    return (this.u8[at]! << 8) | this.u8[at + 1]!;
  }

  /**
   * @param at first byte of the message, without the length that TCP has before it
   * @param length bytes that are there
   * @param cut whether the message was longer: then its end is no fault
   * @returns 0, or the place in REJECT_REASONS of why it is no message
   */
  parse(u8: Uint8Array, at: number, length: number, cut: boolean): number {
    const end = at + length;
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES || end > u8.length) return LENGTH;
    // A pointer that is stored costs more than one that is compared.
    if (u8 !== this.u8) this.u8 = u8;
    this.base = at;
    this.end = end;
    this.behind = at + HEADER_BYTES;
    this.cut = cut;
    this.partial = false;
    this.names.clear(u8);
    this.records.count = 0;
    this.questionName = -1;
    this.answers = 0;
    this.authorities = 0;
    this.additionals = 0;
    this.edns = -1;
    this.extendedError = NO_EXTENDED_ERROR;
    const why = this.#sections(u8, at + HEADER_BYTES);
    if (why !== ENDS_EARLY || !(cut || this.truncated)) return why;
    this.partial = true;
    return ACCEPTED;
  }

  /** Follows the CNAMEs of the answer section from the question. */
  chainEnd(): DnsChain {
    this.chain.follow(this);
    return this.chain;
  }

  #sections(u8: Uint8Array, at: number): number {
    const { names, records, base, end } = this;
    const { view } = names;
    // Words of the header: single bytes take as long each.
    const questionsAndAnswers = view.getInt32(base + 4);
    const others = view.getInt32(base + 8);
    const announcedAnswers = questionsAndAnswers & 0xffff;
    const announcedAuthorities = others >>> 16;
    const announcedAdditionals = others & 0xffff;
    const questions = questionsAndAnswers >>> 16;
    let p = at;
    if (questions === 1) {
      const name = names.first(u8, base, p, end);
      if (name < 0) return -name;
      p = names.next + QUESTION_BYTES;
      if (p > end) return ENDS_EARLY;
      this.questionName = name;
      this.#questionEnd = p;
      this.behind = p;
    } else if (questions > 1) return QUESTIONS;
    if (announcedAnswers > 0) {
      p = this.#answers(u8, p, Math.min(announcedAnswers, MAX_RECORDS));
      if (p < 0) return -p;
    }
    let room = Math.max(MAX_RECORDS - announcedAnswers, 0);
    if (announcedAuthorities > 0) {
      for (const last = Math.min(announcedAuthorities, room); this.authorities < last; this.authorities++) {
        p = this.#all ? records.read(u8, base, p, end) : passOver(u8, p, end);
        if (p < 0) return -p;
        this.behind = p;
      }
      room = Math.max(room - announcedAuthorities, 0);
    }
    for (const last = Math.min(announcedAdditionals, room); this.additionals < last; this.additionals++) {
      const from = p;
      // The root's name, type OPT (RFC 6891 §6.1.2).
      const isEdns = from + OPT_BYTES <= end && view.getInt32(from) >>> 8 === TYPE.OPT;
      if (this.#all) p = records.read(u8, base, p, end);
      else if (isEdns) p = from + OPT_BYTES + view.getUint16(from + OPT_BYTES - 2);
      else p = passOver(u8, p, end);
      if (p < 0) return -p;
      if (p > end) return ENDS_EARLY;
      if (isEdns) {
        const why = this.#edns(u8, from, p);
        if (why !== ACCEPTED) return why;
      }
      this.behind = p;
    }
    return ACCEPTED;
  }

  #answers(u8: Uint8Array, at: number, count: number): number {
    const { records, base, end } = this;
    let p = at;
    for (let i = 0; i < count; i++) {
      const behind = records.read(u8, base, p, end);
      if (behind < 0) {
        p = behind;
        break;
      }
      p = behind;
      this.behind = p;
    }
    this.answers = records.count;
    return p;
  }

  /** Takes in the OPT record from `at` to `behind`. */
  #edns(u8: Uint8Array, at: number, behind: number): number {
    if (this.edns >= 0) return EDNS;
    const data = at + OPT_BYTES;
    if (data < behind) {
      const error = extendedErrorOf(u8, data, behind);
      if (error === BROKEN_OPTIONS) return EDNS;
      this.extendedError = error;
    }
    this.edns = data;
    return ACCEPTED;
  }
}

/** Place behind the record at `at`, whose name and data nobody wants; below 0 the place in REJECT_REASONS, negated. */
function passOver(u8: Uint8Array, at: number, end: number): number {
  const p = skipName(u8, at, end);
  if (p < 0) return p;
  if (p + FIXED_BYTES > end) return -ENDS_EARLY;
  const behind = p + FIXED_BYTES + ((u8[p + 8]! << 8) | u8[p + 9]!);
  return behind > end ? -ENDS_EARLY : behind;
}
