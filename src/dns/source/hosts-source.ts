/**
 * The worker that reads /etc/hosts and the operator's file: tells what they say when it begins, and whenever they have changed.
 * @module
 */
import { statSync } from 'node:fs';
import type { FactPort } from '../../workers/fact-port.js';
import type { OpenSource } from '../../workers/source-loop.js';
import { HOSTS_FILE, KIND, NOTE } from '../layout.gen.js';
import type { DnsOptions } from '../options.js';
import { hostsEntries } from './hosts-entries.js';
import { HostsFile } from './hosts-file.js';
import { hostsFrames } from './hosts-frames.js';

const ETC_HOSTS = '/etc/hosts';
const NS_PER_MS = 1_000_000n;

interface ToldFile {
  readonly file: HostsFile;
  readonly number: number;
  readonly netnsInode: number;
}

/** @param etcHosts path of /etc/hosts; tests have another one */
export function openHosts(
  port: FactPort,
  { hosts, hostsFile }: Pick<DnsOptions, 'hosts' | 'hostsFile'>,
  etcHosts = ETC_HOSTS,
): { poll(): void } {
  const files: ToldFile[] = [];
  if (hosts) {
    const netnsInode = ownNamespace();
    if (netnsInode === null) port.note(NOTE.unread_hosts);
    else files.push({ file: new HostsFile(etcHosts), number: HOSTS_FILE.hosts, netnsInode });
  }
  if (hostsFile !== undefined) {
    files.push({ file: new HostsFile(hostsFile), number: HOSTS_FILE.own, netnsInode: 0 });
  }
  return {
    poll: () => {
      for (const file of files) tell(file, port);
    },
  };
}

/** The namespace that /etc/hosts is of: others have a file of their own. null: without /proc nobody can tell which one it is. */
function ownNamespace(): number | null {
  try {
    return statSync('/proc/self/ns/net').ino;
  } catch {
    return null;
  }
}

function tell({ file, number, netnsInode }: ToldFile, port: FactPort): void {
  const wallNs = BigInt(Date.now()) * NS_PER_MS;
  try {
    const reading = file.read(wallNs);
    if (reading === null) return;
    const { entries, skipped } = hostsEntries(reading.text);
    const sinceNs = port.bootNs - (wallNs - reading.changedNs);
    const head = { sinceNs: sinceNs > 0n ? sinceNs : 0n, netnsInode, file: number };
    const isTold = hostsFrames(head, entries).every((payload) => port.write(KIND.hosts, payload, 0));
    if (!isTold) file.forget();
    else if (skipped > 0) port.note(NOTE.skipped_hosts, skipped);
  } catch {
    port.note(NOTE.unread_hosts);
  }
}

const open: OpenSource<DnsOptions> = (port, options) => openHosts(port, options);

export default open;
