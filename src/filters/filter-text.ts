/** The dimensions of the one filter grammar: what stands on the command line behind `--`, what it takes, and what it means. */
export const FILTERS = [
  ['pid', 'PID', 'process id'],
  ['name', 'NAME', 'process name as in /proc/PID/comm; compared by its first 15 bytes, the kernel keeps no more'],
  ['uid', 'UID', 'user id of the process'],
  ['cgroup', 'CGROUP', "the process's own cgroup: id, or path as in /proc/PID/cgroup"],
  ['netns', 'NETNS', 'network namespace: inode, or path such as /proc/PID/ns/net'],
  ['port', 'PORT', 'port or range: 443, 8000-8999, local:22, remote:443'],
  ['address', 'CIDR', 'address or prefix: 10.0.0.0/8, remote:2001:db8::/32'],
  ['dns-name', 'PATTERN', 'name of an address: *.example.com; needs --with dns'],
  ['protocol', 'PROTO', 'tcp or udp'],
  ['direction', 'DIR', 'incoming, outgoing or unknown'],
  ['state', 'STATE', 'open or closed'],
  [
    'failed',
    'CAUSE',
    "any, reset, refused, timeout, host_unreachable, network_unreachable or other; '!any': did not fail",
  ],
  ['min-duration', 'TIME', 'lasted at least, so far while open: 250ms, 10s'],
  ['min-bytes', 'SIZE', 'payload both ways at least, so far while open: 1M'],
] as const satisfies readonly (readonly [name: string, metavar: string, help: string])[];

/** A dimension by the name it has on the command line. */
export type FilterName = (typeof FILTERS)[number][0];

/**
 * A filter as text: name → alternatives, as on the command line. Each string is one alternative or a comma list of them; `!` in front of
 * one leaves out what matches it.
 */
export type FilterText = Partial<Record<FilterName, string | readonly string[]>>;

/** One alternative, without its `!`. */
export interface FilterItem {
  text: string;
  negated: boolean;
}

/** Dimensions whose alternatives may be paths of this host, for the numbers that records carry. */
export const PLACES = ['cgroup', 'netns'] as const satisfies readonly FilterName[];

/** Whether an alternative is such a path. */
export function isPath(name: FilterName, { text }: FilterItem): boolean {
  return text.startsWith('/') && PLACES.some((place) => place === name);
}

/** Takes the alternatives of one dimension apart. */
export function filterItems(value: string | readonly string[]): FilterItem[] {
  return [value]
    .flat()
    .flatMap((list) => list.split(','))
    .map((item) => {
      const text = item.trim();
      const negated = text.startsWith('!');
      return { text: negated ? text.slice(1).trim() : text, negated };
    });
}
