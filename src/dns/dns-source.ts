import type { RecordIdentity } from '../encoding/record-identity.js';
import type { RecordSource } from '../encoding/record-type.js';
import type { MessageEnds } from './message-ends.js';

/** One query with its end: the input of the dns record's encoders, one object reused for all. */
export interface DnsSource extends RecordIdentity, RecordSource, MessageEnds {
  /** When the query was seen first, UTC, µs. */
  timeUs: number;
  /** Place in enum DnsRole, in enum DnsOutcome. */
  role: number;
  outcome: number;
  id: number;
  opcode: number;
  /** All texts of the record: printable ASCII. */
  text: Uint8Array;
  /** Where they are in it, and how long; bytes. */
  nameAt: number;
  nameLength: number;
  typeAt: number;
  typeLength: number;
  classAt: number;
  classLength: number;
  /** Whether there is an answer; without, neither code nor latency counts. */
  answered: boolean;
  rcode: number;
  /** Place in enum DnsRcode. */
  rcodeIndex: number;
  /** -1: none. */
  extendedError: number;
  /** Of the answer section, by its header. */
  answerCount: number;
  /** How many are told, and each: its place in the chain (-1 none), its texts (length -1: no value), its TTL in s. */
  answersTold: number;
  readonly answerLink: Int32Array;
  readonly answerTypeAt: Int32Array;
  readonly answerTypeLength: Int32Array;
  readonly answerValueAt: Int32Array;
  readonly answerValueLength: Int32Array;
  readonly answerTtl: Uint32Array;
  chainTold: number;
  readonly chainAt: Int32Array;
  readonly chainLength: Int32Array;
  /** s; -1: nothing is at the end of the chain. */
  ttl: number;
  latencyUs: number;
  retries: number;
  truncated: boolean;
  cut: boolean;
  messages: number;
}
