import type { ConnectionFilter, ConnectionTerms } from '../connections/filter.js';
import { ConntrailError } from '../errors.js';
import { addressRange, namePattern, oneOf, portRange } from './filter-items.js';
import { FILTERS, type FilterName, type FilterText, filterItems } from './filter-text.js';
import { bytes, microseconds, whole, wrong } from './units.js';

const MAX_U32 = 0xffffffff;
const CAUSES = ['any', 'reset', 'refused', 'timeout', 'host_unreachable', 'network_unreachable', 'other'] as const;
const NAMES: ReadonlySet<string> = new Set(FILTERS.map(([name]) => name));

/** What the alternatives of one dimension ask for. */
const TERMS: Readonly<Record<FilterName, (items: string[]) => ConnectionTerms>> = {
  pid: (items) => ({ pids: items.map((item) => whole(item, 'a process id', MAX_U32)) }),
  name: (items) => ({ processNames: items }),
  uid: (items) => ({ uids: items.map((item) => whole(item, 'a user id', MAX_U32)) }),
  cgroup: (items) => ({ cgroups: items.map((item) => whole(item, 'the id of a cgroup')) }),
  netns: (items) => ({ netns: items.map(namespaceInode) }),
  port: (items) => ({ ports: items.map(portRange) }),
  address: (items) => ({ addresses: items.map(addressRange) }),
  'dns-name': (items) => ({ dnsNames: items.map(namePattern) }),
  protocol: (items) => ({ protocols: items.map((item) => oneOf(item, ['tcp', 'udp'])) }),
  direction: (items) => ({ directions: items.map((item) => oneOf(item, ['incoming', 'outgoing', 'unknown'])) }),
  state: (items) => ({ states: items.map((item) => oneOf(item, ['open', 'closed'])) }),
  failed: (items) => ({ failures: items.map((item) => oneOf(item, CAUSES)) }),
  // At least the one or at least the other: at least the lesser.
  'min-duration': (items) => ({ minDurationUs: Math.min(...items.map(microseconds)) }),
  'min-bytes': (items) => ({ minBytes: Math.min(...items.map(bytes)) }),
};

/**
 * A filter out of its text, which looks at nothing outside it: cgroups and network namespaces are numbers.
 *
 * @returns undefined when the text asks for nothing
 * @throws ConntrailError CONNTRAIL_OPTION: an unknown name, or a word that cannot be
 */
export function parseFilterText(text: FilterText): ConnectionFilter | undefined {
  const asked: ConnectionTerms = {};
  const left: ConnectionTerms = {};
  for (const [name, value] of Object.entries(text)) {
    if (value === undefined) continue;
    if (!isFilterName(name)) throw wrong(name, `a filter: use ${[...NAMES].join(', ')}`);
    const items = filterItems(value);
    if (items.some((item) => item.text === ''))
      throw new ConntrailError('CONNTRAIL_OPTION', `An alternative of ${name} is empty: leave it out.`);
    const terms = (negated: boolean): string[] => items.flatMap((item) => (item.negated === negated ? item.text : []));
    if (terms(false).length > 0) Object.assign(asked, TERMS[name](terms(false)));
    if (terms(true).length > 0) Object.assign(left, TERMS[name](terms(true)));
  }
  const filter = Object.keys(left).length === 0 ? asked : { ...asked, not: left };
  return Object.keys(filter).length === 0 ? undefined : filter;
}

function isFilterName(name: string): name is FilterName {
  return NAMES.has(name);
}

/** As a number, or as readlink shows it: `net:[4026531840]`. */
function namespaceInode(text: string): number {
  return whole(/^net:\[(\d+)\]$/.exec(text)?.[1] ?? text, 'the inode of a network namespace', MAX_U32);
}
