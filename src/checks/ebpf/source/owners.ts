import type { Holder } from './holder.js';

/** A process that holds an object. */
export type Owner = Pick<Holder, 'pid' | 'startNs' | 'name'>;

/** Who holds an object, by pid. */
export interface ObjectOwners {
  readonly owners: readonly Owner[];
  /** Whether all of them have one name. */
  readonly oneName: boolean;
}

const NOBODY: ObjectOwners = { owners: [], oneName: false };

/** Who holds which objects. */
export class Owners {
  readonly #maps = new Map<number, Map<number, Owner>>();
  readonly #programs = new Map<number, Map<number, Owner>>();
  /** Whether everybody was seen. */
  readonly complete: boolean;

  constructor(holders: readonly Holder[], complete: boolean) {
    this.complete = complete;
    for (const holder of holders) {
      const of = holder.what === 'map' ? this.#maps : this.#programs;
      const known = of.get(holder.id) ?? new Map<number, Owner>();
      of.set(holder.id, known.set(holder.pid, holder));
    }
  }

  ofMap(id: number): ObjectOwners {
    return sorted(this.#maps.get(id));
  }

  ofProgram(id: number): ObjectOwners {
    return sorted(this.#programs.get(id));
  }
}

function sorted(found: ReadonlyMap<number, Owner> | undefined): ObjectOwners {
  if (found === undefined) return NOBODY;
  const owners = [...found.values()].sort((a, b) => a.pid - b.pid);
  return { owners, oneName: owners.every(({ name }) => name === owners[0]!.name) };
}
