import { ConntrailError } from '../../errors.js';
import { hashKeys } from '../message/hash-keys.js';
import { MAX_MESSAGE_BYTES, MAX_NAME_BYTES, MAX_POINTERS, MAX_WORK } from '../message/limits.js';
import { DnsMessage } from '../message/message.js';
import { ACCEPTED, REJECT_REASONS, type RejectReason } from '../message/reject.js';
import { type MessageObject, messageObject } from './message-object.js';

/** Why bytes are no message, as the rest of a sentence. */
const WORDS: Readonly<Record<RejectReason, string>> = {
  accepted: 'it is one',
  length: `a message has 12 to ${MAX_MESSAGE_BYTES} bytes`,
  questions: 'it has more than one question',
  ends_early: 'it ends within a name or a record',
  label: 'a name has a label of a kind that is not in use',
  pointer: 'a pointer in a name does not lead back',
  pointers: `a name has more than ${MAX_POINTERS} pointers`,
  name_length: `a name has more than ${MAX_NAME_BYTES} bytes`,
  work: `its names are more work than ${MAX_WORK} bytes and pointers`,
  record_data: 'a record holds what its type cannot have',
  edns: 'it has two OPT records, or one whose options run over it',
};

let reused: DnsMessage | undefined;

/**
 * One raw DNS message, as a datagram has it: without the length that TCP puts before it.
 * @param what whose bytes they are, for the error
 * @throws ConntrailError CONNTRAIL_DNS_MESSAGE with the reason, by its name in the ledger, at the end of the sentence
 */
export function decodeMessage(bytes: Uint8Array, what: string): MessageObject {
  const message = (reused ??= new DnsMessage(hashKeys(), true));
  const place = message.parse(bytes, 0, bytes.length, false);
  if (place === ACCEPTED) return messageObject(message);
  const reason = REJECT_REASONS[place]!;
  throw new ConntrailError('CONNTRAIL_DNS_MESSAGE', `${what} is no DNS message: ${WORDS[reason]} (${reason})`);
}
