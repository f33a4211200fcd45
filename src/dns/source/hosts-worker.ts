import type { WorkerSource } from '../../pipeline/live-feature.js';
import type { DnsOptions } from '../options.js';

/** How often the files are looked at, ms. */
const EVERY_MS = 2000;

/** The source of what files say; none where none is to be read. */
export function hostsSources({ hosts, hostsFile }: Pick<DnsOptions, 'hosts' | 'hostsFile'>): WorkerSource[] {
  if (!hosts && hostsFile === undefined) return [];
  return [{ type: 'worker', module: new URL('./hosts-source.js', import.meta.url).href, everyMs: EVERY_MS }];
}
