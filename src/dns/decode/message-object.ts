import { MAX_NAME_TEXT } from '../message/limits.js';
import type { DnsMessage } from '../message/message.js';
import { asciiText, putNameText } from '../message/name-text.js';
import { opcodeName, rcodeName } from '../message/rcodes.js';
import { className, TYPE, typeName } from '../message/types.js';
import { VALUE_ROOM, ValueText } from '../message/value-text.js';
import { type EdnsObject, ednsObject } from './edns-object.js';

/** A message as JSON has it; names are lower-cased, and everything is printable ASCII. */
export interface MessageObject {
  /** Bytes of the message, and of what stands behind it. */
  readonly bytes: number;
  readonly trailing_bytes: number;
  readonly id: number;
  readonly response: boolean;
  readonly opcode: string;
  /** With the upper bits of EDNS. */
  readonly rcode: string;
  readonly rcode_number: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursion_desired: boolean;
  readonly recursion_available: boolean;
  readonly authentic_data: boolean;
  readonly checking_disabled: boolean;
  /** null: there is none. */
  readonly question: QuestionObject | null;
  readonly answers: readonly RecordObject[];
  readonly authorities: readonly RecordObject[];
  /** Without EDNS, which is no record. */
  readonly additionals: readonly RecordObject[];
  readonly edns: EdnsObject | null;
  /** Names that the question's is an alias of, in order, and the addresses of the last; null: the chain has no end. */
  readonly cname_chain: readonly string[];
  readonly addresses: readonly string[] | null;
  /** It ends before all that its header announces, and says so itself (TC). */
  readonly partial: boolean;
  /** More records than are looked at. */
  readonly bounded: boolean;
}

export interface QuestionObject {
  readonly name: string;
  readonly type: string;
  readonly class: string;
}

export interface RecordObject extends QuestionObject {
  /** Seconds, as sent. */
  readonly ttl: number;
  /** As in a zone file; null: of another type, see `data`. */
  readonly value: string | null;
  /** Whether the value was too long to be told in full. */
  readonly value_cut: boolean;
  /** The bytes in hexadecimal digits, where there is no value; else null. */
  readonly data: string | null;
}

const out = new Uint8Array(Math.max(VALUE_ROOM, MAX_NAME_TEXT));
const values = new ValueText();

function nameText({ names }: DnsMessage, index: number): string {
  return asciiText(out, 0, putNameText(out, 0, names.scratch, names.start[index]!));
}

/** A message that was read with all its sections. */
export function messageObject(message: DnsMessage): MessageObject {
  const { records, answers, authorities } = message;
  const chain = message.chainEnd();
  const section = (from: number, to: number): RecordObject[] => {
    const found: RecordObject[] = [];
    for (let i = from; i < to; i++) if (!isEdns(message, i)) found.push(recordObject(message, i));
    return found;
  };
  return {
    bytes: message.behind - message.base,
    trailing_bytes: message.partial || message.bounded ? 0 : message.end - message.behind,
    id: message.id,
    response: message.response,
    opcode: opcodeName(message.opcode),
    rcode: rcodeName(message.rcode),
    rcode_number: message.rcode,
    authoritative: message.authoritative,
    truncated: message.truncated,
    recursion_desired: message.recursionDesired,
    recursion_available: message.recursionAvailable,
    authentic_data: message.authenticData,
    checking_disabled: message.checkingDisabled,
    question: questionObject(message),
    answers: section(0, answers),
    authorities: section(answers, answers + authorities),
    additionals: section(answers + authorities, records.count),
    edns: ednsObject(message),
    cname_chain: Array.from(chain.name.subarray(1, Math.max(chain.length, 1)), (name) => nameText(message, name)),
    addresses: chain.endless
      ? null
      : Array.from(chain.address.subarray(0, chain.addresses), (i) => valueText(message, i) ?? ''),
    partial: message.partial,
    bounded: message.bounded,
  };
}

function questionObject(message: DnsMessage): QuestionObject | null {
  const { questionName, questionType, questionClass } = message;
  if (questionName < 0) return null;
  return { name: nameText(message, questionName), type: typeName(questionType), class: className(questionClass) };
}

/** Whether a record of the additional section is the one that `edns` is of. */
function isEdns({ records, edns }: DnsMessage, i: number): boolean {
  return records.type[i] === TYPE.OPT && records.data[i] === edns;
}

function valueText(message: DnsMessage, i: number): string | null {
  const end = values.put(out, 0, message, i);
  return end < 0 ? null : asciiText(out, 0, end);
}

function recordObject(message: DnsMessage, i: number): RecordObject {
  const { records, u8 } = message;
  const value = valueText(message, i);
  const at = records.data[i]!;
  return {
    name: nameText(message, records.owner[i]!),
    type: typeName(records.type[i]!),
    class: className(records.class[i]!),
    ttl: records.ttl[i]!,
    value,
    value_cut: value !== null && values.cut,
    data: value === null ? Buffer.from(u8.subarray(at, at + records.dataLength[i]!)).toString('hex') : null,
  };
}
