import { type Dirent, readdirSync } from 'node:fs';
import type { NativeBpf } from '../../../native/index.js';
import { numberIn, readProc } from './proc-files.js';

/** Policy: beyond, it is not known what is pinned. */
const MOST_FILES = 16_384;
const MOST_DEPTH = 32;

/** Where maps and programs are pinned. */
export interface PinnedPaths {
  readonly maps: ReadonlyMap<number, readonly string[]>;
  readonly programs: ReadonlyMap<number, readonly string[]>;
  /** Whether every bpf file system that we see was walked to its end. */
  readonly complete: boolean;
}

/** Walks the bpf file systems that are mounted here. */
export function pinnedPaths(bpf: Pick<NativeBpf, 'openPinned' | 'close'>, mounts = bpfMounts()): PinnedPaths {
  const maps = new Map<number, string[]>();
  const programs = new Map<number, string[]>();
  const walk = new Walk();
  for (const mount of mounts) {
    for (const path of walk.files(mount, 0)) {
      const descriptor = bpf.openPinned(path);
      // Whatever has gone since, and iterators, which are opened otherwise, are neither.
      if (descriptor < 0) continue;
      const told = readProc(`self/fdinfo/${descriptor}`);
      bpf.close(descriptor);
      const map = numberIn(told, 'map_id');
      // A link tells its program as well; it is pinned, and the program is not.
      const program = numberIn(told, 'link_id') === null ? numberIn(told, 'prog_id') : null;
      if (map !== null) maps.set(map, [...(maps.get(map) ?? []), path]);
      else if (program !== null) programs.set(program, [...(programs.get(program) ?? []), path]);
    }
  }
  return { maps, programs, complete: walk.complete };
}

/** In /proc/mounts spaces are octal. */
function bpfMounts(): string[] {
  return (readProc('self/mounts') ?? '')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'bpf')
    .map(([, path]) =>
      path!.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
}

class Walk {
  #files = 0;
  complete = true;

  *files(folder: string, depth: number): Generator<string, void, undefined> {
    for (const entry of this.#entries(folder)) {
      if (++this.#files > MOST_FILES || depth > MOST_DEPTH) {
        this.complete = false;
        return;
      }
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.files(path, depth + 1);
      else if (entry.isFile()) yield path;
    }
  }

  #entries(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      this.complete = false;
      return [];
    }
  }
}
