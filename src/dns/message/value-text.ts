import { putIpv4, putIpv6 } from '../../encoding/address-text.js';
import { putDecimal } from '../../encoding/decimal.js';
import { MAX_NAME_TEXT, MAX_VALUE_TEXT } from './limits.js';
import type { DnsMessage } from './message.js';
import { putNameText } from './name-text.js';
import { putTexts } from './quoted-text.js';
import { putSvcb } from './svcb-text.js';
import { TYPE } from './types.js';

/** Room that `put` may use behind its position, whatever it returns: a SOA has two names and five numbers. */
export const VALUE_ROOM = 2 * MAX_NAME_TEXT + 64;

/** How names are written where not as they are: registrable domain, keyed hash. Returns the position behind; below 0, it cannot. */
export interface NamePutter {
  put(out: Uint8Array, pos: number, wire: Uint8Array, start: number, length: number, hash: number): number;
}

const SPACE = 0x20;
/** Numbers of a SOA behind its names. */
const SOA_NUMBERS = 5;

/** What the records of a message say, as in a zone file (RFC 1035 §5): printable ASCII, bounded. */
export class ValueText {
  /** Whether the value that was written last is cut at MAX_VALUE_TEXT. */
  cut = false;
  readonly #names: NamePutter | undefined;

  /** @param names how names are written; with it, what may hold a name where nobody can tell is left out: texts, parameters */
  constructor(names?: NamePutter) {
    this.#names = names;
  }

  /**
   * Writes the value of record `i`: an address, a name, the fields of a MX, SRV, SOA, TXT, SVCB or HTTPS.
   * @returns the position behind, at most MAX_VALUE_TEXT later; -1: its type is none of these, or it may hold names that are not told
   */
  put(out: Uint8Array, pos: number, message: DnsMessage, i: number): number {
    const p = this.#put(out, pos, message, i);
    this.cut = p > pos + MAX_VALUE_TEXT;
    return this.cut ? pos + MAX_VALUE_TEXT : p;
  }

  #put(out: Uint8Array, pos: number, message: DnsMessage, i: number): number {
    const { u8, records } = message;
    const at = records.data[i]!;
    const end = at + records.dataLength[i]!;
    switch (records.type[i]) {
      case TYPE.A:
        if (records.address[i]! < 0) return -1;
        return putIpv4(out, pos, u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24));
      case TYPE.AAAA:
        return records.address[i]! < 0 ? -1 : putIpv6(out, pos, u8, at);
      case TYPE.CNAME:
      case TYPE.NS:
      case TYPE.PTR:
      case TYPE.DNAME:
        return this.#name(out, pos, message, records.target[i]!);
      case TYPE.MX:
        return this.#name(out, putNumbers(out, pos, u8, at, 1), message, records.target[i]!);
      case TYPE.SRV:
        return this.#name(out, putNumbers(out, pos, u8, at, 3), message, records.target[i]!);
      case TYPE.SOA:
        return this.#soa(out, pos, message, i, end);
      case TYPE.SVCB:
      case TYPE.HTTPS: {
        const p = this.#name(out, putNumbers(out, pos, u8, at, 1), message, records.target[i]!);
        const parameters = records.parameters[i]!;
        const stop = pos + MAX_VALUE_TEXT + 1;
        return p < 0 ? p : putSvcb(out, p, u8, parameters, end, stop, this.#names !== undefined);
      }
      case TYPE.TXT:
        // One byte more than may be, so that a text that is cut is seen to be.
        return this.#names === undefined ? putTexts(out, pos, u8, at, end, pos + MAX_VALUE_TEXT + 1) : -1;
      default:
        return -1;
    }
  }

  #soa(out: Uint8Array, pos: number, message: DnsMessage, i: number, end: number): number {
    const { u8, records } = message;
    let p = this.#name(out, pos, message, records.target[i]!);
    if (p < 0) return -1;
    out[p++] = SPACE;
    p = this.#name(out, p, message, records.mailbox[i]!);
    if (p < 0) return -1;
    for (let at = end - 4 * SOA_NUMBERS; at < end; at += 4) {
      out[p++] = SPACE;
      p = putDecimal(out, p, ((u8[at]! << 24) | (u8[at + 1]! << 16) | (u8[at + 2]! << 8) | u8[at + 3]!) >>> 0);
    }
    return p;
  }

  #name(out: Uint8Array, pos: number, { names }: DnsMessage, index: number): number {
    if (index < 0) return -1;
    const start = names.start[index]!;
    if (this.#names === undefined) return putNameText(out, pos, names.scratch, start);
    return this.#names.put(out, pos, names.scratch, start, names.length[index]!, names.hash[index]!);
  }
}

/** Numbers of 16 bits, each with a space behind it. */
function putNumbers(out: Uint8Array, pos: number, u8: Uint8Array, at: number, count: number): number {
  let p = pos;
  for (let i = at; i < at + 2 * count; i += 2) {
    p = putDecimal(out, p, (u8[i]! << 8) | u8[i + 1]!);
    out[p++] = SPACE;
  }
  return p;
}
