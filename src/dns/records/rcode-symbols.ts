/** Symbols of enum DnsRcode in their order, and the codes that they stand for. */
export const RCODE_SYMBOLS = [
  'noerror',
  'formerr',
  'servfail',
  'nxdomain',
  'notimp',
  'refused',
  'yxdomain',
  'yxrrset',
  'nxrrset',
  'notauth',
  'notzone',
  'dsotypeni',
  'badvers',
  'badkey',
  'badtime',
  'badmode',
  'badname',
  'badalg',
  'badtrunc',
  'badcookie',
  'other',
] as const;

const OTHER = RCODE_SYMBOLS.length - 1;
const DSOTYPENI = 11;
/** From here the codes of RFC 6891, 8945 and 7873 have symbols, behind those below. */
const BADVERS = 16;
const BADCOOKIE = 23;

/** Place of a code's symbol. */
export function rcodeIndex(rcode: number): number {
  if (rcode <= DSOTYPENI) return rcode;
  return rcode >= BADVERS && rcode <= BADCOOKIE ? rcode - BADVERS + DSOTYPENI + 1 : OTHER;
}
