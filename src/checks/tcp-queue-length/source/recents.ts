import type { NativeMapReader } from '../../../native/index.js';
import { EPOCH, PEAK, PEAKS, RECENT, WRITER, WRITERS } from '../layout.gen.js';
import type { PeakTable } from './peak-table.js';

/** What programs have counted, in samples. */
export interface Counted {
  attempted: number;
  full: number;
  busy: number;
}

const COUNTERS = ['attempted', 'full', 'busy'] as const;

/** Which kind of queue a program looks at: where its maximum stands in `struct ct_tcp_queue_peaks`. */
const KINDS: Readonly<Record<number, number>> = {
  [WRITER.receive]: PEAKS.receive_samples,
  [WRITER.send]: PEAKS.send_samples,
  [WRITER.accept]: PEAKS.accept_samples,
  [WRITER.page]: PEAKS.send_samples,
};

/** Where the peak begins in `struct ct_tcp_queue_recent`, and where it ends. */
const PEAK_AT = RECENT.peak_samples;
const PEAK_END = PEAK_AT + PEAK.size;

/** What programs have seen last and counted (`struct ct_tcp_queue_recent`), of all CPUs. Read when none of them writes it. */
export class Recents {
  readonly #map: NativeMapReader;
  readonly #key = new Uint32Array(1);
  readonly #values: Uint8Array;
  readonly #words: DataView;
  /** Totals that were told, by place in the map. */
  readonly #told = new Map<number, Counted>();

  constructor(map: NativeMapReader) {
    this.#map = map;
    this.#values = new Uint8Array(map.valueBytes);
    this.#words = new DataView(this.#values.buffer);
  }

  /** Takes what is of an epoch, into `peaks`. @returns what was counted in it */
  take(epoch: number, peaks: PeakTable): Counted {
    const sum: Counted = { attempted: 0, full: 0, busy: 0 };
    for (let writer = 0; writer < WRITERS; writer++) {
      const place = 1 + (epoch - EPOCH.even) * WRITERS + writer;
      const unplaced = this.#take(place, KINDS[writer]!, peaks);
      const counted = this.counted(place);
      for (const name of COUNTERS) sum[name] += counted[name];
      sum.full += unplaced;
    }
    return sum;
  }

  /** What was counted at a place since it was asked last. */
  counted(place: number): Counted {
    const before = this.#told.get(place);
    const now: Counted = { attempted: 0, full: 0, busy: 0 };
    this.#look(place);
    for (let cpu = 0; cpu < this.#values.length; cpu += RECENT.size) {
      for (const name of COUNTERS) now[name] += Number(this.#words.getBigUint64(cpu + RECENT[name], true));
    }
    this.#told.set(place, now);
    if (before === undefined) return now;
    return {
      attempted: now.attempted - before.attempted,
      full: now.full - before.full,
      busy: now.busy - before.busy,
    };
  }

  /** @returns samples of cgroups that have no place */
  #take(place: number, kind: number, peaks: PeakTable): number {
    let unplaced = 0;
    let found = false;
    this.#look(place);
    for (let cpu = 0; cpu < this.#values.length; cpu += RECENT.size) {
      const cgroup = this.#words.getBigUint64(cpu + RECENT.cgroup, true);
      if (cgroup === 0n) continue;
      const peak = this.#values.subarray(cpu + PEAK_AT, cpu + PEAK_END);
      const samples = this.#words.getBigUint64(cpu + PEAK_AT + PEAK.samples, true);
      if (this.#words.getUint32(cpu + RECENT.placed, true) === 0) unplaced += Number(samples);
      else if (samples > 0n) peaks.addPeak(cgroup, kind, peak);
      peak.fill(0);
      this.#words.setBigUint64(cpu + RECENT.cgroup, 0n, true);
      this.#words.setUint32(cpu + RECENT.placed, 0, true);
      found = true;
    }
    if (found) this.#map.update(new Uint8Array(this.#key.buffer), this.#values);
    return unplaced;
  }

  #look(place: number): void {
    this.#key[0] = place;
    this.#map.lookUp(new Uint8Array(this.#key.buffer), this.#values);
  }
}
