import { PEAK, PEAKS } from '../layout.gen.js';

/** Where each kind of queue stands in `struct ct_tcp_queue_peaks`. */
const PLACES = [PEAKS.receive_samples, PEAKS.send_samples, PEAKS.accept_samples].map((at) => at - PEAK.samples);

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Maxima by cgroup: of several readings the largest, of their samples the sum. */
export class PeakTable {
  readonly #peaks = new Map<bigint, Uint8Array>();

  /** Takes in one `struct ct_tcp_queue_peaks`; its bytes may be used again. */
  add(cgroup: bigint, peaks: Uint8Array): void {
    const known = this.#peaks.get(cgroup);
    if (known === undefined) this.#peaks.set(cgroup, peaks.slice(0, PEAKS.size));
    else merge(known, peaks);
  }

  /** The same of one kind of queue. @param kind where it stands @param peak a `struct ct_tcp_queue_peak` */
  addPeak(cgroup: bigint, kind: number, peak: Uint8Array): void {
    const peaks = new Uint8Array(PEAKS.size);
    peaks.set(peak, kind - PEAK.samples);
    this.add(cgroup, peaks);
  }

  addAll(other: PeakTable): void {
    for (const [cgroup, peaks] of other) this.add(cgroup, peaks);
  }

  has(cgroup: bigint): boolean {
    return this.#peaks.has(cgroup);
  }

  /** How often queues were looked at, of all cgroups. */
  get samples(): number {
    let sum = 0;
    for (const peaks of this.#peaks.values()) sum += samplesOf(peaks);
    return sum;
  }

  [Symbol.iterator](): Iterator<[bigint, Uint8Array]> {
    return this.#peaks.entries();
  }
}

/** How often queues were looked at. @param peaks a `struct ct_tcp_queue_peaks` */
export function samplesOf(peaks: Uint8Array): number {
  const words = view(peaks);
  return PLACES.reduce((sum, at) => sum + Number(words.getBigUint64(at + PEAK.samples, true)), 0);
}

function merge(into: Uint8Array, from: Uint8Array): void {
  const [target, source] = [view(into), view(from)];
  for (const at of PLACES) {
    const samples = target.getBigUint64(at + PEAK.samples, true) + source.getBigUint64(at + PEAK.samples, true);
    if (isFuller(source, target, at)) into.set(from.subarray(at, at + PEAK.size), at);
    target.setBigUint64(at + PEAK.samples, samples, true);
  }
}

/** Of two that are as full the one that was before. */
function isFuller(one: DataView, other: DataView, at: number): boolean {
  const [mine, theirs] = [one, other].map((words) => words.getUint32(at + PEAK.permille, true)) as [number, number];
  if (mine !== theirs) return mine > theirs;
  const [queued, known] = [one, other].map((words) => words.getUint32(at + PEAK.queued, true)) as [number, number];
  if (queued === 0 || known === 0) return queued > known;
  const [time, before] = [one, other].map((words) => words.getBigUint64(at + PEAK.boot_ns, true)) as [bigint, bigint];
  return time < before;
}
