import { safeText } from '../../encoding/safe-text.js';
import type { DnsMessage } from '../message/message.js';
import { extendedErrorName } from './extended-errors.js';

/** Option codes (RFC 8914 §2). */
const EXTENDED_ERROR = 15;

/** What EDNS says (RFC 6891). */
export interface EdnsObject {
  readonly version: number;
  /** Bytes of the largest datagram that its sender takes. */
  readonly udp_size: number;
  readonly dnssec_ok: boolean;
  readonly extended_errors: readonly ExtendedErrorObject[];
  /** All options, in their order; data in hexadecimal digits. */
  readonly options: readonly { readonly code: number; readonly data: string }[];
}

/** RFC 8914. */
export interface ExtendedErrorObject {
  readonly code: number;
  /** null: the code has none here. */
  readonly name: string | null;
  /** What its sender has to say to it. */
  readonly text: string;
}

/** Null without EDNS. */
export function ednsObject({ u8, edns, ednsLength, ednsVersion, ednsSize, dnssecOk }: DnsMessage): EdnsObject | null {
  if (edns < 0) return null;
  const options: { code: number; data: string }[] = [];
  const errors: ExtendedErrorObject[] = [];
  for (let at = edns; at < edns + ednsLength; ) {
    const code = (u8[at]! << 8) | u8[at + 1]!;
    const data = u8.subarray(at + 4, at + 4 + ((u8[at + 2]! << 8) | u8[at + 3]!));
    options.push({ code, data: Buffer.from(data).toString('hex') });
    if (code === EXTENDED_ERROR) {
      const error = (data[0]! << 8) | data[1]!;
      errors.push({ code: error, name: extendedErrorName(error), text: safeText(data.subarray(2)) });
    }
    at += 4 + data.length;
  }
  return { version: ednsVersion, udp_size: ednsSize, dnssec_ok: dnssecOk, extended_errors: errors, options };
}
