import { REJECT_REASONS, type RejectReason } from '../message/reject.js';
import { VERDICT } from './query-table.js';

/** What was missing, or found no room. */
const LOSSES = [
  'invalid_frame',
  /** The program cannot have written it. */
  'impossible',
  /** Pieces of a TCP message of which others are missing. */
  'incomplete',
  /** There was no room for it: for its name, or for the pieces of messages. */
  'no_room',
] as const;

/** What was whole, and is not told for what it is. */
export const SET_ASIDE = [
  /** Ends early, or is no message at all for its length. */
  'short',
  /** Asks for nothing, or for more than one thing. */
  'questions',
  'bad_name',
  'bad_record',
  'unsolicited',
  'duplicate',
  'late',
  'wrong_id',
  'wrong_question',
  'wrong_server',
] as const;

/** Why a message is not told, in the order of Row.discarded. */
export const DISCARDS = [...LOSSES, ...SET_ASIDE] as const;

export type Discard = (typeof DISCARDS)[number];

const place = (discard: Discard): number => DISCARDS.indexOf(discard);

export const IMPOSSIBLE = place('impossible');
export const INCOMPLETE = place('incomplete');
export const NO_ROOM = place('no_room');
export const SHORT = place('short');
export const QUESTIONS = place('questions');
export const UNSOLICITED = place('unsolicited');
export const LATE = place('late');
export const WRONG_QUESTION = place('wrong_question');

const REJECTED: Readonly<Record<RejectReason, Discard>> = {
  accepted: 'impossible',
  length: 'short',
  questions: 'questions',
  ends_early: 'short',
  label: 'bad_name',
  pointer: 'bad_name',
  pointers: 'bad_name',
  name_length: 'bad_name',
  work: 'bad_name',
  record_data: 'bad_record',
  edns: 'bad_record',
};

/** By place in REJECT_REASONS: why such a message is discarded. */
export const DISCARD_OF_REJECT = Uint8Array.from(REJECT_REASONS, (reason) => place(REJECTED[reason]));

/** By VERDICT: why such an answer is discarded. */
export const DISCARD_OF_VERDICT = new Uint8Array(Object.keys(VERDICT).length);
DISCARD_OF_VERDICT[VERDICT.unsolicited] = UNSOLICITED;
DISCARD_OF_VERDICT[VERDICT.duplicate] = place('duplicate');
DISCARD_OF_VERDICT[VERDICT.late] = LATE;
DISCARD_OF_VERDICT[VERDICT.wrongId] = place('wrong_id');
DISCARD_OF_VERDICT[VERDICT.wrongQuestion] = WRONG_QUESTION;
DISCARD_OF_VERDICT[VERDICT.wrongServer] = place('wrong_server');
