import { putIpv4, putIpv6 } from '../../encoding/address-text.js';
import { nameEnd } from '../../encoding/process-name.js';
import { safeText } from '../../encoding/safe-text.js';
import type { Emphasis } from '../../table/column.js';
import { humanDuration } from '../../table/human.js';
import { ellipsizeEnd, ellipsizeMiddle } from '../../table/text.js';
import { timeOfDay } from '../../table/time.js';
import type { DnsSource } from '../dns-source.js';
import { COMM_LENGTH, IPV4, OWNER_SOURCE, SEGMENT, TCP } from '../layout.gen.js';
import type { MessageEnds } from '../message-ends.js';

/** Of what is not known, or does not apply. */
export const UNKNOWN = '-';

/** Places in enum DnsRole and DnsOutcome (schemas/dns.avsc). */
const ROLE = { client: 0, server: 1, observer: 2 } as const;
const OUTCOME = { answered: 0, timed_out: 1, displaced: 2, run_end: 3 } as const;
const NOERROR = 0;

/** Why there is no answer, by place in DnsOutcome. */
const NO_ANSWER = ['', 'timed out', 'given up', 'waiting'];

/** Response codes as people know them, by number (RFC 6895, 2.3); beyond, the number. */
const RCODES: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  11: 'DSOTYPENI',
  16: 'BADVERS',
  17: 'BADKEY',
  18: 'BADTIME',
  19: 'BADMODE',
  20: 'BADNAME',
  21: 'BADALG',
  22: 'BADTRUNC',
  23: 'BADCOOKIE',
};

/** What both records say of the question. */
type Question = Pick<DnsSource, 'text' | 'nameAt' | 'nameLength' | 'typeAt' | 'typeLength'>;

const scratch = new Uint8Array(64);

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const text = ({ text }: Pick<DnsSource, 'text'>, at: number, length: number): string =>
  latin1(text.subarray(at, at + length));
const u16 = ({ u8, base }: MessageEnds, offset: number): number => u8[base + offset]! | (u8[base + offset + 1]! << 8);

/** When the query was seen first. */
export function time(query: DnsSource, width: number): string {
  return timeOfDay(new Date(query.timeUs / 1000), width);
}

/** Who asked, or was asked, as the arrow says: `name(pid)`; where no process is known, the address of this end. */
export function process(query: MessageEnds, width: number): string {
  const { u8, u32, base } = query;
  if (u8[base + SEGMENT.owner_source] === OWNER_SOURCE.none) return ellipsizeMiddle(address(query, 'local'), width);
  const id = `(${u32[(base + SEGMENT.pid) >>> 2]})`;
  const at = base + SEGMENT.comm;
  const name = safeText(u8.subarray(at, nameEnd(u8, at, COMM_LENGTH)));
  return ellipsizeEnd(name, width - id.length) + id;
}

/** →: it asked. ←: it was asked. ⇢: seen on the way. */
export function arrow({ role }: DnsSource): string {
  return role === ROLE.server ? '←' : role === ROLE.observer ? '⇢' : '→';
}

function address({ u8, u32, base }: MessageEnds, end: 'local' | 'remote'): string {
  const at = base + (end === 'local' ? SEGMENT.local_address : SEGMENT.remote_address);
  const length = u8[base + SEGMENT.family] === IPV4 ? putIpv4(scratch, 0, u32[at >>> 2]!) : putIpv6(scratch, 0, u8, at);
  return latin1(scratch.subarray(0, length));
}

/** An end, with its port where it is not the one of DNS or there is room for it. */
export function endpoint(ends: MessageEnds, end: 'local' | 'remote', width: number): string {
  const port = u16(ends, end === 'local' ? SEGMENT.local_port : SEGMENT.remote_port);
  const whole = address(ends, end);
  const tail = `:${port}`;
  const bracketed = whole.includes(':') ? `[${whole}]` : whole;
  if (bracketed.length + tail.length <= width) return bracketed + tail;
  if (port === 53 || end === 'local') return ellipsizeMiddle(whole, width);
  // Whoever asks has a port that nobody knows it by: the address tells more.
  return port >= 32_768 ? ellipsizeMiddle(whole, width) : ellipsizeMiddle(whole, width - tail.length) + tail;
}

export function transport({ u8, base }: MessageEnds): string {
  return u8[base + SEGMENT.protocol] === TCP ? 'tcp' : 'udp';
}

export function type(query: Question): string {
  return text(query, query.typeAt, query.typeLength);
}

/** The type; of one without a name its number, where there is no room for more. */
export function shortType(query: Question, width: number): string {
  const whole = type(query);
  return whole.length <= width ? whole : ellipsizeEnd(whole.replace(/^TYPE(?=\d)/, ''), width);
}

/** What was asked for; both ends of a long name tell something. */
export function question(query: Question, width: number): string {
  return ellipsizeMiddle(text(query, query.nameAt, query.nameLength), width);
}

/** Whether it failed: another code than NOERROR, or no answer; of what still waited at the end nobody knows. */
export function isFailure({ answered, rcode, outcome }: DnsSource): boolean {
  return answered ? rcode !== NOERROR : outcome !== OUTCOME.run_end;
}

export function emphasis(query: DnsSource): Emphasis {
  if (isFailure(query)) return 'failure';
  return query.answered ? null : 'open';
}

/** Response code, or why there is no answer. */
export function result({ answered, rcode, outcome }: DnsSource): string {
  if (!answered) return NO_ANSWER[outcome] ?? UNKNOWN;
  return rcode === NOERROR ? 'NOERROR' : (RCODES[rcode] ?? `RCODE${rcode}`);
}

/** The values of the answer that are of the type asked for, else of all: what a chain of aliases leads to. */
export function values(query: DnsSource): string[] {
  const asked = type(query);
  const all: string[] = [];
  const own: string[] = [];
  for (let k = 0; k < query.answersTold; k++) {
    const length = query.answerValueLength[k]!;
    const kind = text(query, query.answerTypeAt[k]!, query.answerTypeLength[k]!);
    const value = length < 0 ? kind : text(query, query.answerValueAt[k]!, length);
    all.push(value);
    if (kind === asked) own.push(value);
  }
  return own.length > 0 ? own : all;
}

/** What came of it: the first value and how many more there are, or why there is none. */
export function answer(query: DnsSource, width: number): string {
  if (!query.answered || query.rcode !== NOERROR) return ellipsizeEnd(result(query), width);
  const found = values(query);
  if (found.length === 0) return query.truncated ? 'truncated' : 'no data';
  const whole = found.join(' ');
  if (whole.length <= width) return whole;
  const more = found.length - 1 + Math.max(0, query.answerCount - query.answersTold);
  const tail = more === 0 ? '' : ` +${more}`;
  return ellipsizeMiddle(found[0]!, width - tail.length) + tail;
}

/** From the query to its answer. */
export function latency({ answered, latencyUs }: DnsSource): string {
  return answered ? humanDuration(latencyUs) : UNKNOWN;
}

export function retries({ retries }: DnsSource): string {
  return String(retries);
}

/** Info-code of the extended error (RFC 8914). */
export function extendedError({ extendedError }: DnsSource): string {
  return extendedError < 0 ? UNKNOWN : String(extendedError);
}

export function ttl({ ttl }: DnsSource): string {
  return ttl < 0 ? UNKNOWN : String(ttl);
}

/** The aliases in between. */
export function chain(query: DnsSource, width: number): string {
  const names: string[] = [];
  for (let k = 0; k < query.chainTold; k++) names.push(text(query, query.chainAt[k]!, query.chainLength[k]!));
  return ellipsizeEnd(names.join(' ') || UNKNOWN, width);
}
