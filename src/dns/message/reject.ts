/** Why bytes are no DNS message that is told of; place 0 is a message that is. A place never changes: ledgers carry the names. */
export const REJECT_REASONS = [
  'accepted',
  /** Less than a header, or more than a message can have. */
  'length',
  /** More than one question (RFC 9619). */
  'questions',
  /** It ends within a name or a record, without having been cut. */
  'ends_early',
  /** A label of a kind that nobody uses (RFC 6891 §5). */
  'label',
  /** A pointer that does not lead back to what stands before the name. */
  'pointer',
  /** More pointers in a name than MAX_POINTERS. */
  'pointers',
  /** A name longer than MAX_NAME_BYTES. */
  'name_length',
  /** Names that take more work than MAX_WORK. */
  'work',
  /** Data of a record that its type cannot have. */
  'record_data',
  /** EDNS options that run over their record, or a second OPT record (RFC 6891 §6.1.1). */
  'edns',
] as const;

export type RejectReason = (typeof REJECT_REASONS)[number];

const place = (reason: RejectReason): number => REJECT_REASONS.indexOf(reason);

export const ACCEPTED = 0;
export const LENGTH = place('length');
export const QUESTIONS = place('questions');
export const ENDS_EARLY = place('ends_early');
export const LABEL = place('label');
export const POINTER = place('pointer');
export const POINTERS = place('pointers');
export const NAME_LENGTH = place('name_length');
export const WORK = place('work');
export const RECORD_DATA = place('record_data');
export const EDNS = place('edns');
