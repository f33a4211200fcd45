import type { RecordSource, RecordType } from '../../../encoding/record-type.js';
import type { EbpfMapSource } from '../ebpf-map-source.js';
import type { EbpfProgramSource } from '../ebpf-program-source.js';
import type { EbpfTotalSource } from '../ebpf-total-source.js';
import { EBPF_MAP } from '../generated/ebpf-map-type.js';
import { EBPF_PROGRAM } from '../generated/ebpf-program-type.js';
import { EBPF_TOTAL } from '../generated/ebpf-total-type.js';
import { SCOPE } from '../totals.js';

/** All records of a round. */
export interface WholeRound {
  readonly maps: readonly EbpfMapSource[];
  readonly programs: readonly EbpfProgramSource[];
  /** Of modules and of what is in none, in the order in which they are told. */
  readonly parts: readonly EbpfTotalSource[];
  readonly all: EbpfTotalSource | null;
}

/** Keeps the records of a round, until it is whole. */
export class Gathered {
  #maps: EbpfMapSource[] = [];
  #programs: EbpfProgramSource[] = [];
  #totals: EbpfTotalSource[] = [];
  /** The last one that is; null: none is yet. */
  whole: WholeRound | null = null;

  take<S extends RecordSource>({ name }: RecordType<S>): ((source: S) => void) | null {
    const takers: Readonly<Record<string, (source: never) => void>> = {
      [EBPF_MAP.name]: (source: EbpfMapSource) => this.#maps.push(source.copy()),
      [EBPF_PROGRAM.name]: (source: EbpfProgramSource) => this.#programs.push(source.copy()),
      [EBPF_TOTAL.name]: (source: EbpfTotalSource) => {
        // A round's sums are not written to again; what was found and what it cost is.
        const reading = source.reading === null ? null : { ...source.reading };
        this.#totals.push({ ...source, reading });
      },
    };
    return (takers[name] as ((source: S) => void) | undefined) ?? null;
  }

  ended(): void {
    const all = this.#totals.find(({ scope }) => scope === SCOPE.all) ?? null;
    const parts = this.#totals.filter(({ scope }) => scope !== SCOPE.all);
    this.whole = { maps: this.#maps, programs: this.#programs, parts, all };
    this.#maps = [];
    this.#programs = [];
    this.#totals = [];
  }
}
