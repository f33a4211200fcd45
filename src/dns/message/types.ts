/** Types of records that the parser knows more of than their bytes; the IANA registry of DNS parameters has all numbers. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
} as const;

/** Class IN (RFC 1035 §3.2.4). */
export const CLASS_IN = 1;

/** Names of further types that are asked for, so that a record says more than a number. */
const NAMES: readonly (readonly [number: number, name: string])[] = [
  ...Object.entries(TYPE).map(([name, number]) => [number, name] as const),
  [3, 'MD'],
  [4, 'MF'],
  [7, 'MB'],
  [8, 'MG'],
  [9, 'MR'],
  [10, 'NULL'],
  [11, 'WKS'],
  [13, 'HINFO'],
  [14, 'MINFO'],
  [17, 'RP'],
  [18, 'AFSDB'],
  [24, 'SIG'],
  [25, 'KEY'],
  [29, 'LOC'],
  [35, 'NAPTR'],
  [36, 'KX'],
  [37, 'CERT'],
  [42, 'APL'],
  [43, 'DS'],
  [44, 'SSHFP'],
  [45, 'IPSECKEY'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [49, 'DHCID'],
  [50, 'NSEC3'],
  [51, 'NSEC3PARAM'],
  [52, 'TLSA'],
  [53, 'SMIMEA'],
  [55, 'HIP'],
  [59, 'CDS'],
  [60, 'CDNSKEY'],
  [61, 'OPENPGPKEY'],
  [62, 'CSYNC'],
  [63, 'ZONEMD'],
  [99, 'SPF'],
  [104, 'NID'],
  [105, 'L32'],
  [106, 'L64'],
  [107, 'LP'],
  [108, 'EUI48'],
  [109, 'EUI64'],
  [249, 'TKEY'],
  [250, 'TSIG'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
  [256, 'URI'],
  [257, 'CAA'],
];

const byNumber = new Map(NAMES);
const byName = new Map(NAMES.map(([number, name]) => [name, number]));

/** `AAAA`; of a type without a name `TYPE65400` (RFC 3597 §5). */
export function typeName(number: number): string {
  return byNumber.get(number) ?? `TYPE${number}`;
}

/** The number of a type by its name, in either case; undefined when there is none. */
export function typeNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  const known = byName.get(upper);
  if (known !== undefined || !/^TYPE[0-9]{1,5}$/.test(upper)) return known;
  const number = Number(upper.slice(4));
  return number <= 0xffff ? number : undefined;
}

const CLASSES = new Map([
  [1, 'IN'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
]);

/** `IN`; of a class without a name `CLASS32` (RFC 3597 §5). */
export function className(number: number): string {
  return CLASSES.get(number) ?? `CLASS${number}`;
}
