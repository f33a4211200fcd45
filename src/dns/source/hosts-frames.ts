import { HOSTS, HOSTS_BYTES, HOSTS_PART } from '../layout.gen.js';

/** What the frames of one file share. */
export interface HostsHead {
  /** Boot clock, ns; 0: before the boot. */
  readonly sinceNs: bigint;
  /** 0: for connections of all network namespaces. */
  readonly netnsInode: number;
  /** enum ct_dns_hosts_file. */
  readonly file: number;
}

/** The payloads of HOSTS frames that say all of this, in their order: at least one. */
export function hostsFrames(head: HostsHead, entries: readonly Uint8Array[]): Uint8Array[] {
  const parts: Uint8Array[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    if (bytes + entry.length > HOSTS_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(entry);
    bytes += entry.length;
  }
  return parts.map((part, i) => {
    const first = i === 0 ? HOSTS_PART.first : 0;
    const last = i === parts.length - 1 ? HOSTS_PART.last : 0;
    return payload(head, part, first | last);
  });
}

function payload({ sinceNs, netnsInode, file }: HostsHead, entries: readonly Uint8Array[], part: number): Uint8Array {
  const length = entries.reduce((sum, entry) => sum + entry.length, 0);
  const bytes = new Uint8Array(HOSTS.size + length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(HOSTS.since_ns, sinceNs, true);
  view.setUint32(HOSTS.netns_inode, netnsInode, true);
  view.setUint32(HOSTS.bytes, length, true);
  view.setUint8(HOSTS.file, file);
  view.setUint8(HOSTS.part, part);
  let at = HOSTS.size;
  for (const entry of entries) {
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}
