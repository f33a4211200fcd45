import { CGROUP_PATH } from '../../../cgroups/layout.gen.js';
import type { NativeMapReader } from '../../../native/index.js';
import { eachEntry } from './each-entry.js';

/** Where cgroups are (`struct ct_cgroup_path`), as programs have told it: taken out of their map, kept as long as a cgroup is seen. */
export class PathCache {
  readonly #map: NativeMapReader;
  #known = new Map<bigint, Uint8Array>();

  constructor(map: NativeMapReader) {
    this.#map = map;
  }

  /** Takes what programs have told since. @param seen cgroups that are still of interest */
  refresh(seen: (cgroup: bigint) => boolean): void {
    for (const cgroup of this.#known.keys()) if (!seen(cgroup)) this.#known.delete(cgroup);
    eachEntry(this.#map, CGROUP_PATH.size, (cgroup, path) => this.#known.set(cgroup, path.slice()));
  }

  get(cgroup: bigint): Uint8Array | undefined {
    return this.#known.get(cgroup);
  }
}
