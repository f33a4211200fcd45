import type { NativeBpf, ProgramInfo } from '../../../native/index.js';
import { numberIn, readProc } from './proc-files.js';
import type { ProgramFacts } from './program-facts.js';

/** Names that stand in the types of a program, or of what it is attached to: read once for each, as they never change. */
interface Names {
  readonly name: string;
  readonly function: string;
}

/**
 * What bpf(2) leaves out of a program and what never changes, read once: names, from an iterator or else from BTF, and memory. The kernel gives an
 * id to another one only after 2^31 more.
 */
export class ProgramConstants {
  readonly #bpf: Pick<NativeBpf, 'typeName'>;
  readonly #known = new Map<number, Names>();
  readonly #memlock = new Map<number, number>();

  constructor(bpf: Pick<NativeBpf, 'typeName'>) {
    this.#bpf = bpf;
  }

  /**
   * With its names.
   * @param row undefined: there is no iterator
   */
  of(info: ProgramInfo, row: ProgramFacts | undefined): ProgramFacts {
    const { functionType: _, attachBtf: __, attachType: ___, ...facts } = info;
    const names = row ?? this.#known.get(info.id) ?? this.#find(info);
    // In the initial user namespace, where that is not ours.
    const uid = row?.uid ?? info.uid;
    return { ...facts, uid, name: names.name || info.name, function: names.function };
  }

  /** Bytes that the kernel accounts for it (bpf_prog_show_fdinfo: its pages, which the verifier was the last to change); null: not known. */
  memlock(id: number, descriptor: number): number | null {
    const known = this.#memlock.get(id);
    if (known !== undefined) return known;
    const read = numberIn(readProc(`self/fdinfo/${descriptor}`), 'memlock');
    if (read !== null) this.#memlock.set(id, read);
    return read;
  }

  /** Forgets those of programs that are gone. */
  keep(programs: ReadonlySet<number>): void {
    for (const known of [this.#known, this.#memlock])
      for (const id of known.keys()) if (!programs.has(id)) known.delete(id);
  }

  #find({ id, name, btfId, functionType, attachBtf, attachType }: ProgramInfo): Names {
    const names = {
      name: (functionType === 0 ? '' : this.#bpf.typeName(btfId, functionType)) || name,
      function: attachType === 0 ? '' : this.#bpf.typeName(attachBtf, attachType).replace(/^btf_trace_/, ''),
    };
    this.#known.set(id, names);
    return names;
  }
}
