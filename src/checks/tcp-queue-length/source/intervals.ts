import { FLAG, KIND, LOST, PEAKS, TCP_QUEUE } from '../layout.gen.js';
import type { PathCache } from './path-cache.js';
import { PeakTable, samplesOf } from './peak-table.js';
import type { Counted } from './recents.js';

/** What was read of a map, and what its programs have counted meanwhile. */
export interface Read {
  readonly peaks: PeakTable;
  readonly counted: Counted;
}

/** Where the maxima come from. */
export interface Queues {
  readonly sampled: boolean;
  readonly misses: number;
  readonly paths: Pick<PathCache, 'get' | 'refresh'>;
  start(): void;
  flip(): () => Read;
  sweep(): Read;
}

/** Where the records go. */
export interface Port {
  readonly bootNs: bigint;
  write(kind: number, payload: Uint8Array, units: number): boolean;
  lose(cause: number, units: number): void;
}

/**
 * Intervals one behind the other, without a gap. Each has the maxima of its calls, and of two looks at all sockets: the one that ends the
 * interval before, so that it begins at the present fill, and the one that ends it. A look counts in both intervals that it is between.
 */
export class Intervals {
  readonly #queues: Queues;
  readonly #port: Port;
  readonly #frame = new Uint8Array(TCP_QUEUE.size);
  readonly #words = new DataView(this.#frame.buffer);
  /** When the present interval began; 0: none has. */
  #beginNs = 0n;
  /** What was found then. */
  #found = new PeakTable();
  #misses = 0;

  constructor(queues: Queues, port: Port) {
    this.#queues = queues;
    this.#port = port;
  }

  /** Ends an interval, and begins the next; the first time only that. */
  next(): void {
    const endNs = this.#port.bootNs;
    if (this.#beginNs === 0n) this.#begin();
    else this.#end(endNs);
    this.#beginNs = endNs;
  }

  #begin(): void {
    this.#misses = this.#queues.misses;
    this.#queues.start();
    const { peaks, counted } = this.#queues.sweep();
    this.#account(counted, peaks.samples);
    this.#found = peaks;
  }

  #end(endNs: bigint): void {
    const read = this.#queues.flip();
    const swept = this.#queues.sweep();
    this.#account(swept.counted, swept.peaks.samples);
    const { peaks, counted } = read();
    this.#account(counted, peaks.samples);
    this.#miss();
    // Of what is as full the first is told.
    const all = new PeakTable();
    for (const each of [this.#found, peaks, swept.peaks]) all.addAll(each);
    this.#queues.paths.refresh((cgroup) => all.has(cgroup));
    for (const [cgroup, each] of all) this.#tell(cgroup, each, endNs);
    this.#found = swept.peaks;
  }

  /** Counts what found no place. What programs have counted and is not there either has gone missing: there is no way known. */
  #account({ attempted, full, busy }: Counted, read: number): void {
    this.#lose(LOST.map_full, full);
    this.#lose(LOST.busy, busy);
    this.#lose(LOST.unread, attempted - full - busy - read);
  }

  #miss(): void {
    const misses = this.#queues.misses;
    this.#lose(LOST.skipped, misses - this.#misses);
    this.#misses = misses;
  }

  #lose(cause: number, units: number): void {
    if (units > 0) this.#port.lose(cause, units);
  }

  #tell(cgroup: bigint, peaks: Uint8Array, endNs: bigint): void {
    const words = this.#words;
    const path = this.#queues.paths.get(cgroup);
    this.#frame.fill(0);
    words.setBigUint64(TCP_QUEUE.begin_ns, this.#beginNs, true);
    words.setBigUint64(TCP_QUEUE.end_ns, endNs, true);
    words.setBigUint64(TCP_QUEUE.cgroup_id, cgroup, true);
    words.setUint32(TCP_QUEUE.flags, this.#queues.sampled ? FLAG.sampled : 0, true);
    this.#frame.set(peaks.subarray(0, PEAKS.size), TCP_QUEUE.peaks_receive_samples);
    if (path !== undefined) this.#frame.set(path, TCP_QUEUE.path_id);
    this.#port.write(KIND.queue, this.#frame, samplesOf(peaks));
  }
}
