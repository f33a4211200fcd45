import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { AddressRange, ConnectionFilter, FilterEnd, PortRange } from '../pipeline/filter.js';
import { parseAddress } from './ip.js';

/** The filters as given: option name → every alternative, in the form the command line takes. */
export type FilterText = Record<string, string[]>;

/** The one filter grammar. Alternatives of one option are joined by "or", options by "and". */
const FILTERS: readonly [name: string, metavar: string, help: string][] = [
  ['pid', 'PID', 'process id'],
  ['name', 'NAME', 'process name, whole, as in /proc/PID/comm'],
  ['port', 'PORT', 'port or range: 443, 8000-8999, local:22, remote:443'],
  ['address', 'CIDR', 'address or prefix: 10.0.0.0/8, remote:2001:db8::/32'],
  ['protocol', 'PROTO', 'tcp or udp'],
  ['direction', 'DIR', 'incoming, outgoing or unknown'],
  ['state', 'STATE', 'open or closed'],
];

/** Adds the filter options to a command. */
export function addFilterOptions(command: Command): Command {
  command.optionsGroup('Filters (repeatable, or comma lists; all that are given must match):');
  for (const [name, metavar, help] of FILTERS) {
    command.option(`--${name} <${metavar}>`, help, (value: string, previous: string[] | undefined) => {
      const items = value.split(',').map((item) => item.trim());
      for (const item of items) check(name, item);
      return [...(previous ?? []), ...items];
    });
  }
  return command;
}

/** The filters among a command's parsed options. */
export function filterText(options: Readonly<Record<string, unknown>>): FilterText {
  const text: FilterText = {};
  for (const [name] of FILTERS) {
    const value = options[name];
    if (Array.isArray(value)) text[name] = value as string[];
  }
  return text;
}

/** What the pipeline takes; undefined when there is no filter. */
export function parseFilter(text: FilterText): ConnectionFilter | undefined {
  if (Object.keys(text).length === 0) return undefined;
  return {
    pids: (text.pid ?? []).map(parsePid),
    processNames: text.name ?? [],
    ports: (text.port ?? []).map(parsePort),
    addresses: (text.address ?? []).map(parseRange),
    protocols: (text.protocol ?? []).map((item) => oneOf(item, ['tcp', 'udp'])),
    directions: (text.direction ?? []).map((item) => oneOf(item, ['unknown', 'incoming', 'outgoing'])),
    states: (text.state ?? []).map((item) => oneOf(item, ['open', 'closed'])),
  };
}

function check(name: string, item: string): void {
  if (item === '') throw new InvalidArgumentError('There is an empty alternative.');
  parseFilter({ [name]: [item] });
}

function parsePid(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 0xffffffff) throw new InvalidArgumentError(`${text} is not a process id.`);
  return value;
}

function parsePort(text: string): PortRange {
  const [end, rest] = splitEnd(text);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(rest);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last > 65535 || first > last) {
    throw new InvalidArgumentError(`${text} is not a port or range such as 443, 8000-8999 or local:22.`);
  }
  return { end, first, last };
}

function parseRange(text: string): AddressRange {
  const [end, rest] = splitEnd(text);
  const [address, prefix, more] = rest.split('/', 3);
  const parsed = parseAddress(address ?? '');
  const bits = prefix === undefined ? parsed?.bits : Number(prefix);
  if (
    parsed === null ||
    bits === undefined ||
    more !== undefined ||
    (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) ||
    bits > parsed.bits
  ) {
    throw new InvalidArgumentError(`${text} is not an address or prefix such as 10.0.0.0/8 or remote:2001:db8::/32.`);
  }
  // An IPv4-mapped address is an IPv4 address everywhere in conntrail.
  const width = parsed.bytes.byteLength * 8;
  const mapped = bits - (parsed.bits - width);
  if (mapped < 0)
    throw new InvalidArgumentError(`${text} covers more than the IPv4-mapped addresses; give the IPv4 prefix.`);
  return { end, bytes: parsed.bytes, prefix: mapped };
}

function splitEnd(text: string): [FilterEnd, string] {
  const match = /^(local|remote):(.*)$/.exec(text);
  return match === null ? ['any', text] : [match[1] as FilterEnd, match[2]!];
}

function oneOf<T extends string>(text: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === text);
  if (found === undefined) throw new InvalidArgumentError(`Allowed are ${allowed.join(', ')}.`);
  return found;
}
