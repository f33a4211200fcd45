/** Response codes by number (IANA registry of DNS parameters; RFC 1035, 2136, 6891, 8490, 8945, 7873). */
const RCODES: readonly (string | null)[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
  'DSOTYPENI',
  null,
  null,
  null,
  null,
  'BADVERS',
  'BADKEY',
  'BADTIME',
  'BADMODE',
  'BADNAME',
  'BADALG',
  'BADTRUNC',
  'BADCOOKIE',
];

/** `NXDOMAIN`; of a code without a name `RCODE12`. */
export function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? `RCODE${rcode}`;
}

const OPCODES: readonly (string | null)[] = ['QUERY', 'IQUERY', 'STATUS', null, 'NOTIFY', 'UPDATE', 'DSO'];

/** `QUERY`; of an operation without a name `OPCODE9`. */
export function opcodeName(opcode: number): string {
  return OPCODES[opcode] ?? `OPCODE${opcode}`;
}
