import { INET, KIND, TCP_QUEUE } from '../../src/checks/tcp-queue-length/layout.gen.js';
import type { FeatureFrames } from './feature-frames.js';

/** Offsets of the three kinds of queues. */
const PLACES = [TCP_QUEUE.peaks_receive_samples, TCP_QUEUE.peaks_send_samples, TCP_QUEUE.peaks_accept_samples];
/** Within each. */
const at = (field: 'boot_ns' | 'permille' | 'queued' | 'limit' | 'pid' | 'local_port' | 'family' | 'comm'): number =>
  TCP_QUEUE[`peaks_receive_${field}`] - TCP_QUEUE.peaks_receive_samples;

function queue(n: number): Uint8Array {
  const bytes = new Uint8Array(TCP_QUEUE.size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(TCP_QUEUE.begin_ns, BigInt(1_000_000_000 + n), true);
  view.setBigUint64(TCP_QUEUE.end_ns, BigInt(2_000_000_000 + n), true);
  view.setBigUint64(TCP_QUEUE.cgroup_id, BigInt(77 + (n % 9)), true);
  const place = PLACES[n % PLACES.length]!;
  view.setBigUint64(place, 1n, true);
  if (n % 4 !== 0) {
    view.setBigUint64(place + at('boot_ns'), BigInt(1_500_000_000 + n), true);
    view.setUint32(place + at('permille'), n % 2000, true);
    view.setUint32(place + at('queued'), 1 + n, true);
    view.setUint32(place + at('limit'), 4096, true);
    view.setUint32(place + at('pid'), 1000 + n, true);
    view.setUint16(place + at('local_port'), 8000 + (n % 100), true);
    view.setUint8(place + at('family'), INET);
    bytes.set(new TextEncoder().encode(`reader-${n % 5}`), place + at('comm'));
  }
  const name = new TextEncoder().encode(`service-${n % 9}\0`);
  view.setBigUint64(TCP_QUEUE.path_id, BigInt(77 + (n % 9)), true);
  view.setUint32(TCP_QUEUE.path_length, name.length, true);
  bytes.set(name, TCP_QUEUE.path_names);
  return bytes;
}

export const frames: FeatureFrames = {
  options: { interval: 1000, cgroups: 64 },
  recorded: { interval: 1000, cgroups: 64 },
  order: [KIND.queue],
  frame: (_, n) => ({ payload: queue(n), fresh: 1 }),
  flood: { kind: KIND.queue, renew: (payload, n) => payload.setBigUint64(TCP_QUEUE.cgroup_id, BigInt(n), true) },
  most: {},
};
