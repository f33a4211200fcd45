/** Messages in words that tshark and the dns records have in common. */
import type { Dissected } from './capture.js';
import type { DnsLine } from './records.js';

/** Numbers of the types that are asked for (IANA, DNS parameters). */
const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  SVCB: 64,
  HTTPS: 65,
};

/** A query or an answer of a capture. */
export function ofTshark({
  transport,
  response,
  id,
  name,
  type,
  rcode,
  addresses,
  sourcePort,
  destinationPort,
}: Dissected): string {
  const client = response ? destinationPort : sourcePort;
  const answer = response ? `rcode ${rcode} [${[...addresses].sort()}]` : 'asks';
  return `${transport} ${client} ${id} ${name.toLowerCase()} ${type} ${answer}`;
}

/** What a record says of its query and its answer. */
export function ofRecord({ transport, local, remote, role, id, question, rcode_number, answers }: DnsLine): string[] {
  const client = role === 'server' ? remote.port : local.port;
  const what = `${transport} ${client} ${id} ${question.name} ${TYPES[question.type]}`;
  const addresses = answers.filter(({ type }) => type === 'A' || type === 'AAAA').map(({ value }) => value!);
  const answer = rcode_number === null ? [] : [`${what} rcode ${rcode_number} [${addresses.sort()}]`];
  return [`${what} asks`, ...answer];
}
