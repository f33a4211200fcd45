import type { NativeBpf } from '../../../native/index.js';
import { Attachments } from './attachments.js';
import { Buffers } from './buffers.js';
import { type Holder, holdersOf } from './holder.js';
import { type MapFacts, mapFacts } from './map-facts.js';
import { Owners } from './owners.js';
import { type PinnedPaths, pinnedPaths } from './pinned-paths.js';
import { seesAllProcesses } from './proc-files.js';
import { procHolders } from './proc-holders.js';
import { type ProgramFacts, programFacts } from './program-facts.js';
import { RowBuffer } from './row-buffer.js';

/** Descriptors of the iterators' links, and of a program; -1: absent. */
export interface Iterators {
  readonly maps: number;
  readonly programs: number;
  readonly links: number;
  readonly holders: number;
  readonly mappings: number;
  readonly mappingsProgram: number;
}

/** Everything that is read of all objects at once, at the beginning of a round. */
export interface Reading {
  /** Rows by id; null: there is no iterator. */
  readonly maps: ReadonlyMap<number, MapFacts> | null;
  readonly programs: ReadonlyMap<number, ProgramFacts> | null;
  readonly owners: Owners;
  readonly holders: readonly Holder[];
  readonly attachments: Attachments;
  readonly pinned: PinnedPaths;
}

/** Reads all objects at once. */
export class Reader {
  readonly #bpf: NativeBpf;
  readonly #iterators: Iterators;
  readonly #pageSize: number;
  readonly #rows: RowBuffer;
  /** Whether no process is hidden. */
  readonly #all = seesAllProcesses();

  constructor(bpf: NativeBpf, iterators: Iterators, pageSize: number) {
    this.#bpf = bpf;
    this.#iterators = iterators;
    this.#pageSize = pageSize;
    this.#rows = new RowBuffer(bpf);
  }

  read(): Reading {
    const { maps, programs, links } = this.#iterators;
    const rows = this.#rows;
    // One after the other: they are written to the same memory.
    const foundMaps = of(rows.read(maps), mapFacts);
    const foundPrograms = of(rows.read(programs), programFacts);
    const { holders, complete } = this.#holders();
    return {
      maps: foundMaps,
      programs: foundPrograms,
      holders,
      owners: new Owners(holders, complete && this.#all),
      attachments: new Attachments(this.#bpf, rows.read(links), holders),
      pinned: pinnedPaths(this.#bpf),
    };
  }

  #holders(): { holders: readonly Holder[]; complete: boolean } {
    const holders = of(this.#rows.read(this.#iterators.holders), holdersOf);
    return holders === null ? procHolders() : { holders, complete: true };
  }

  /** @param maps all of the round */
  buffers(maps: ReadonlyMap<number, MapFacts>, holders: readonly Holder[]): Buffers {
    const { mappings: link, mappingsProgram: program } = this.#iterators;
    return new Buffers(this.#rows, link < 0 ? null : { program, link }, maps, holders, this.#pageSize);
  }
}

function of<T>(rows: DataView | null, read: (rows: DataView) => T): T | null {
  return rows === null ? null : read(rows);
}
