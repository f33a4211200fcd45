import { INET, INET6, PEAK, PEAKS, TCP_QUEUE } from '../../../src/checks/tcp-queue-length/layout.gen.js';

/** A `struct ct_tcp_queue_peak`, each field optional. */
export interface PeakFields {
  samples?: number;
  bootNs?: number;
  netnsCookie?: bigint;
  cookie?: bigint;
  permille?: number;
  queued?: number;
  limit?: number;
  pid?: number;
  localPort?: number;
  remotePort?: number;
  local?: readonly number[];
  remote?: readonly number[];
  comm?: string;
}

export interface PeaksFields {
  receive?: PeakFields;
  send?: PeakFields;
  accept?: PeakFields;
}

const PLACES = { receive: PEAKS.receive_samples, send: PEAKS.send_samples, accept: PEAKS.accept_samples } as const;

function put(bytes: Uint8Array, at: number, fields: PeakFields): void {
  const view = new DataView(bytes.buffer);
  view.setBigUint64(at + PEAK.samples, BigInt(fields.samples ?? 1), true);
  view.setBigUint64(at + PEAK.boot_ns, BigInt(fields.bootNs ?? 0), true);
  view.setBigUint64(at + PEAK.netns_cookie, fields.netnsCookie ?? 0n, true);
  view.setBigUint64(at + PEAK.cookie, fields.cookie ?? 0n, true);
  view.setUint32(at + PEAK.permille, fields.permille ?? 0, true);
  view.setUint32(at + PEAK.queued, fields.queued ?? 0, true);
  view.setUint32(at + PEAK.limit, fields.limit ?? 0, true);
  view.setUint32(at + PEAK.pid, fields.pid ?? 0, true);
  view.setUint32(at + PEAK.netns_inode, 4026531840, true);
  view.setUint16(at + PEAK.local_port, fields.localPort ?? 0, true);
  view.setUint16(at + PEAK.remote_port, fields.remotePort ?? 0, true);
  bytes[at + PEAK.family] = (fields.local?.length ?? 4) === 4 ? INET : INET6;
  bytes.set(fields.local ?? [], at + PEAK.local_address);
  bytes.set(fields.remote ?? [], at + PEAK.remote_address);
  bytes.set(new TextEncoder().encode(fields.comm ?? ''), at + PEAK.comm);
}

/** A `struct ct_tcp_queue_peaks`; kinds that are left out were not looked at. */
export function peaks(fields: PeaksFields): Uint8Array {
  const bytes = new Uint8Array(PEAKS.size);
  for (const kind of ['receive', 'send', 'accept'] as const) {
    const given = fields[kind];
    if (given !== undefined) put(bytes, PLACES[kind] - PEAK.samples, given);
  }
  return bytes;
}

/** A `struct ct_tcp_queue`. @param names of the cgroup, from its own upwards */
export function queue(
  fields: PeaksFields & { beginNs: number; endNs: number; cgroup?: bigint; flags?: number; names?: readonly string[] },
): Uint8Array {
  const bytes = new Uint8Array(TCP_QUEUE.size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(TCP_QUEUE.begin_ns, BigInt(fields.beginNs), true);
  view.setBigUint64(TCP_QUEUE.end_ns, BigInt(fields.endNs), true);
  view.setBigUint64(TCP_QUEUE.cgroup_id, fields.cgroup ?? 1n, true);
  view.setUint32(TCP_QUEUE.flags, fields.flags ?? 0, true);
  bytes.set(peaks(fields), TCP_QUEUE.peaks_receive_samples);
  if (fields.names !== undefined) {
    const names = new TextEncoder().encode(fields.names.map((name) => `${name}\0`).join(''));
    view.setBigUint64(TCP_QUEUE.path_id, fields.cgroup ?? 1n, true);
    view.setUint32(TCP_QUEUE.path_length, names.length, true);
    bytes.set(names, TCP_QUEUE.path_names);
  }
  return bytes;
}
