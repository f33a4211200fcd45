/**
 * Every limit of the parser of DNS messages (reliability.md SR-9): what a message may ask of it before it is given up or cut short.
 * @module
 */

/** Bytes of a message's header (RFC 1035 §4.1.1). */
export const HEADER_BYTES = 12;
/** Most bytes of a message: the length before it on TCP has two bytes (RFC 1035 §4.2.2). */
export const MAX_MESSAGE_BYTES = 65_535;
/** Most bytes of a name on the wire, its last zero included (RFC 1035 §2.3.4). */
export const MAX_NAME_BYTES = 255;
/** Most bytes of a label (RFC 1035 §2.3.4). */
export const MAX_LABEL_BYTES = 63;
/** Most compression pointers in one name, those of the names it points to included. */
export const MAX_POINTERS = 64;
/** Most resource records looked at, of all sections together; what lies behind is not told. */
export const MAX_RECORDS = 512;
/** Most work for the names of a message: a byte written or a pointer followed is one. An ordinary answer has less than 300. */
export const MAX_WORK = 131_072;
/** Most CNAMEs followed from the question. */
export const MAX_CHAIN = 16;
/** Most bytes of the value of one record as text; a longer one is cut, and says so. */
export const MAX_VALUE_TEXT = 1016;
/** Most slots looked at for one name in a table of names: beyond, there is no room for it. */
export const MAX_PROBES = 64;
/** Most bytes of a name as text: each of its bytes in four, as \DDD. */
export const MAX_NAME_TEXT = 4 * MAX_NAME_BYTES;
