import type { Feature } from '../pipeline/feature.js';
import { DNS_STATISTICS } from './generated/dns-statistics-type.js';
import { DNS as DNS_RECORD } from './generated/dns-type.js';
import { HOOKS } from './hooks.js';
import { FEATURE, HOSTS, HOSTS_BYTES, KEPT, KIND, LAYOUT_ID, SEGMENT } from './layout.gen.js';
import { type DnsOptions, dnsOptions } from './options.js';
import { DISCARDS, SET_ASIDE } from './queries/discards.js';
import { DnsStage } from './stage.js';

export const DNS: Feature<DnsOptions> = {
  name: 'dns',
  id: FEATURE,
  title: 'DNS queries with their answers, and the names of addresses',
  unit: 'messages',
  layout: LAYOUT_ID,
  kinds: [
    { kind: KIND.segment, name: 'segment', least: SEGMENT.size, most: SEGMENT.size + KEPT, units: 1 },
    { kind: KIND.hosts, name: 'hosts', least: HOSTS.size, most: HOSTS.size + HOSTS_BYTES, units: 0 },
    { kind: KIND.flags, name: 'flags', least: SEGMENT.size, most: SEGMENT.size, units: 0 },
  ],
  causes: ['buffer_full', 'too_long', 'unreadable'],
  notes: ['fragments', 'unwalked', 'unflagged', 'unread_hosts', 'skipped_hosts', 'stray'],
  discards: DISCARDS,
  setAside: SET_ASIDE,
  records: [DNS_RECORD, DNS_STATISTICS],
  hooks: HOOKS,
  byDefault: false,
  options: dnsOptions,
  after: [],
  prepare: async (options, replayed) => {
    if (!replayed) await (await import('./source/check-hosts-file.js')).checkHostsFile(options.hostsFile);
    return (await import('./privacy/prepare.js')).namePrivacy(options, replayed);
  },
  stage: (context, options) => new DnsStage(context, options),
  tables: async () => [
    (await import('./table/dns-table.js')).DNS_TABLE,
    (await import('./table/statistics-table.js')).DNS_STATISTICS_TABLE,
  ],
  live: async () => (await import('./live.js')).live,
};
