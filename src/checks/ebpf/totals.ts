import type { EbpfMapSource } from './ebpf-map-source.js';
import type { EbpfProgramSource } from './ebpf-program-source.js';
import { Sum } from './sum.js';

/** What a sum is of, by its place in the enum EbpfScope of the schema. */
export const SCOPE = { all: 0, module: 1, unknown: 2, rest: 3 } as const;

/** The sums of a round: of all, and apart by module. Bounded: modules beyond are summed up together. */
export class Totals {
  readonly #most: number;
  readonly #modules = new Map<string, Sum>();
  #all = new Sum();
  #unknown: Sum | null = null;
  #rest: Sum | null = null;

  /** @param most modules that are kept apart */
  constructor(most: number) {
    this.#most = most;
  }

  get modules(): number {
    return this.#modules.size;
  }

  clear(): void {
    this.#modules.clear();
    this.#all = new Sum();
    this.#unknown = null;
    this.#rest = null;
  }

  /** Whether an object finds room in the sums: more than the sums hold exactly is more memory than there can be. */
  hold(source: EbpfMapSource | EbpfProgramSource): boolean {
    return this.#all.holds(source);
  }

  addMap(map: EbpfMapSource): void {
    this.#all.addMap(map);
    this.#of(map.module).addMap(map);
  }

  addProgram(program: EbpfProgramSource): void {
    this.#all.addProgram(program);
    this.#of(program.module).addProgram(program);
  }

  /** All sums: of the modules by name, of what is in none of them, and in the end of everything. */
  forEach(tell: (sum: Sum, scope: number, module: string | null) => void): void {
    for (const name of [...this.#modules.keys()].sort()) tell(this.#modules.get(name)!, SCOPE.module, name);
    if (this.#unknown !== null) tell(this.#unknown, SCOPE.unknown, null);
    if (this.#rest !== null) tell(this.#rest, SCOPE.rest, null);
    tell(this.#all, SCOPE.all, null);
  }

  #of(module: string | null): Sum {
    if (module === null) {
      this.#unknown ??= new Sum();
      return this.#unknown;
    }
    const known = this.#modules.get(module);
    if (known !== undefined) return known;
    if (this.#modules.size === this.#most) {
      this.#rest ??= new Sum();
      return this.#rest;
    }
    const sum = new Sum();
    this.#modules.set(module, sum);
    return sum;
  }
}
