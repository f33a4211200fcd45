/**
 * Whether conntrail and npm's dns-packet read the same out of a message that both accept.
 * @module
 */
import dnsPacket, { type Answer, type DecodedPacket } from 'dns-packet';
import { MAX_RECORDS } from '../../src/dns/message/limits.js';
import type { DnsMessage } from '../../src/dns/message/message.js';
import { TYPE, typeName } from '../../src/dns/message/types.js';

/** A bit of the header that has no name. */
const UNUSED = 0x40;

/** dns-packet's reading; null when it refuses. */
export function theirs(bytes: Uint8Array): DecodedPacket | null {
  try {
    return dnsPacket.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch {
    return null;
  }
}

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** A name as dns-packet would tell it: labels as UTF-8, dots between; `mail` escapes dots within labels. */
function name({ names }: DnsMessage, index: number, mail = false): string {
  const labels: string[] = [];
  for (let at = names.start[index]!; names.scratch[at] !== 0; at += 1 + names.scratch[at]!) {
    const label = Buffer.from(names.scratch.subarray(at + 1, at + 1 + names.scratch[at]!)).toString();
    labels.push(mail ? label.replace(/\./g, '\\.') : label);
  }
  return labels.length === 0 ? '.' : labels.join('.');
}

const ipv6 = (text: string): string => new URL(`http://[${text}]/`).hostname;

/** What both tell of the data of a record: one of each, to be equal; null where one of them does not look into it. */
function data(message: DnsMessage, i: number, answer: Answer): readonly [own: unknown, theirs: unknown] | null {
  const { records, u8 } = message;
  const at = records.data[i]!;
  const of = answer as unknown as { data: never };
  const their = of.data as unknown as Record<string, unknown>;
  const target = (): string => lower(name(message, records.target[i]!));
  const u16 = (place: number): number => (u8[place]! << 8) | u8[place + 1]!;
  const bytes = Buffer.from(u8.subarray(at, at + records.dataLength[i]!));
  if (records.target[i]! < 0 && records.address[i]! < 0 && records.type[i] !== TYPE.TXT) return null;
  switch (records.type[i]) {
    case TYPE.A:
      return [bytes.join('.'), of.data];
    case TYPE.AAAA:
      return [ipv6(bytes.toString('hex').replace(/(....)(?=.)/g, '$1:')), ipv6(of.data)];
    case TYPE.CNAME:
    case TYPE.NS:
    case TYPE.PTR:
    case TYPE.DNAME:
      return [target(), lower(of.data)];
    case TYPE.MX:
      return [
        [u16(at), target()],
        [their.preference, lower(their.exchange as string)],
      ];
    case TYPE.SRV: {
      const { priority, weight, port } = their;
      return [
        [u16(at), u16(at + 2), u16(at + 4), target()],
        [priority, weight, port, lower(their.target as string)],
      ];
    }
    case TYPE.SOA: {
      const numbers = [20, 16, 12, 8, 4].map((back) => bytes.readUInt32BE(bytes.length - back));
      const { mname, rname, serial, refresh, retry, expire, minimum } = their;
      return [
        [target(), lower(name(message, records.mailbox[i]!, true)), ...numbers],
        [lower(mname as string), lower(rname as string), serial, refresh, retry, expire, minimum],
      ];
    }
    case TYPE.TXT: {
      const texts: string[] = [];
      for (let p = 0; p < bytes.length; p += 1 + bytes[p]!) texts.push(bytes.toString('hex', p + 1, p + 1 + bytes[p]!));
      return [texts, (of.data as Buffer[]).map((text) => text.toString('hex'))];
    }
    default:
      return null;
  }
}

/** The flags of the header, as dns-packet has them: without QR. */
function flags(message: DnsMessage): number {
  const bits = [
    message.authoritative,
    message.truncated,
    message.recursionDesired,
    message.recursionAvailable,
    null,
    message.authenticData,
    message.checkingDisabled,
  ];
  return bits.reduce((sum, bit, i) => sum | (bit ? 0x400 >>> i : 0), (message.opcode << 11) | (message.rcode & 0xf));
}

/** Whether a number is the type that dns-packet has a name of; it has others for some that have none here. */
function isType(number: number, name: string): boolean {
  const own = typeName(number);
  return own === name || `UNKNOWN_${number}` === name || own.startsWith('TYPE');
}

/** HINFO, RP, NAPTR, DS, SSHFP, RRSIG, NSEC, DNSKEY, NSEC3, TLSA, CAA: dns-packet looks into these, conntrail does not. */
const THEIRS = new Set([13, 17, 35, 43, 44, 46, 47, 48, 50, 52, 257]);

/**
 * Whether dns-packet may take a record for longer or shorter than it says, and reads on at a wrong place: data that conntrail does not look into,
 * being of another class or type.
 */
function mayMislead({ records }: DnsMessage, i: number): boolean {
  const type = records.type[i]!;
  const length = records.dataLength[i]!;
  if (type === TYPE.A) return length !== 4;
  if (type === TYPE.AAAA) return length !== 16;
  return THEIRS.has(type) || (length === 0 && records.class[i]! >= 254);
}

/** What differs, in words; null when nothing does, or cannot. `message` was read with all its sections. */
export function difference(message: DnsMessage, packet: DecodedPacket): string | null {
  const differs = (what: string, own: unknown, their: unknown): string | null => {
    const [a, b] = [JSON.stringify(own), JSON.stringify(their)];
    return a === b ? null : `${what}: ${a}, of dns-packet ${b}`;
  };
  const [question] = packet.questions!;
  const found =
    differs(
      'header',
      [message.id, message.response, flags(message)],
      [packet.id, packet.type === 'response', packet.flags! & ~UNUSED],
    ) ??
    differs('questions', message.questions, packet.questions!.length) ??
    (question === undefined ? null : differs('question', name(message, message.questionName), lower(question.name)));
  if (found !== null) return found;
  const sections = [packet.answers!, packet.authorities!, packet.additionals!];
  // Of a message that ends early (TC) there is only what stands before its end; dns-packet may read on at a wrong place.
  const records = sections.flat().slice(0, message.partial ? message.records.count : MAX_RECORDS);
  if (message.records.count !== records.length)
    return `${message.records.count} records, of dns-packet ${records.length}`;
  for (const [i, record] of records.entries()) {
    const what = `record ${i} (${record.type})`;
    const one = differs(what, name(message, message.records.owner[i]!), lower(record.name));
    if (one !== null) return one;
    if (!isType(message.records.type[i]!, record.type)) return `${what} has type ${message.records.type[i]}`;
    if (record.type === 'OPT') continue;
    if (mayMislead(message, i)) return null;
    const ttl = differs(`TTL of ${what}`, message.records.ttl[i], (record as { ttl?: number }).ttl);
    if (ttl !== null) return ttl;
    const both = data(message, i, record);
    const said = both === null ? null : differs(`data of ${what}`, both[0], both[1]);
    if (said !== null) return said;
  }
  return null;
}
