import { addon } from '../../../kernel/addon.js';
import type { NativeMapReader } from '../../../native/index.js';
import { EPOCH, PEAKS, SWEEP_PLACE } from '../layout.gen.js';
import { eachEntry } from './each-entry.js';
import type { QueueHandles } from './handles.js';
import type { Queues, Read } from './intervals.js';
import { PathCache } from './path-cache.js';
import { PeakTable } from './peak-table.js';
import { Recents } from './recents.js';

/** What the programs keep in the kernel. */
export class KernelQueues implements Queues {
  readonly paths: PathCache;
  readonly #handles: QueueHandles;
  readonly #even: NativeMapReader;
  readonly #odd: NativeMapReader;
  readonly #swept: NativeMapReader;
  readonly #control: NativeMapReader;
  readonly #recents: Recents;
  #epoch: number = EPOCH.none;

  constructor(handles: QueueHandles) {
    const { MapReader } = addon();
    this.#handles = handles;
    this.#swept = new MapReader(handles.swept);
    this.#even = new MapReader(handles.even);
    this.#odd = new MapReader(handles.odd);
    this.#control = new MapReader(handles.control);
    this.#recents = new Recents(new MapReader(handles.recent));
    this.paths = new PathCache(new MapReader(handles.paths));
  }

  /** Maxima in between are not seen: the hooks are not where the queues are longest. */
  get sampled(): boolean {
    return this.#handles.accept < 0;
  }

  /** Calls for which the kernel did not run a program, since load. */
  get misses(): number {
    const { receive, send, page, accept } = this.#handles;
    return addon().recursionMisses([receive, send, page, accept]);
  }

  /** From now on calls are looked at. */
  start(): void {
    this.#write(EPOCH.even);
  }

  /** From now on calls are of a new interval. @returns reads the old one, once no program writes it any more */
  flip(): () => Read {
    const old = this.#epoch;
    this.#write(old === EPOCH.even ? EPOCH.odd : EPOCH.even);
    return () => {
      addon().waitForPrograms();
      const peaks = taken(old === EPOCH.even ? this.#even : this.#odd);
      return { peaks, counted: this.#recents.take(old, peaks) };
    };
  }

  /** Looks at all sockets as they are. */
  sweep(): Read {
    const errno = addon().iterate(this.#handles.sweep);
    if (errno !== 0) throw new Error(`the sockets could not be walked (errno ${errno})`);
    return { peaks: taken(this.#swept), counted: this.#recents.counted(SWEEP_PLACE) };
  }

  #write(epoch: number): void {
    this.#epoch = epoch;
    this.#control.update(new Uint8Array(4), new Uint8Array(Uint32Array.of(epoch).buffer));
  }
}

/** All entries of a map of maxima, which is empty then. */
function taken(map: NativeMapReader): PeakTable {
  const peaks = new PeakTable();
  eachEntry(map, PEAKS.size, (cgroup, each) => peaks.add(cgroup, each));
  return peaks;
}
