/** What a tracer can leave behind in the kernel, and on the machine. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';

export interface KernelObjects {
  readonly programs: readonly number[];
  readonly maps: readonly number[];
  readonly links: readonly number[];
  /** BTF blobs of programs that are loaded. */
  readonly btf: readonly number[];
}

function ids(kind: string): number[] {
  const objects = JSON.parse(execFileSync('bpftool', ['-j', kind, 'show'], { encoding: 'utf8' }) || '[]');
  return (objects as { id: number }[]).map(({ id }) => id).sort((a, b) => a - b);
}

export function kernelObjects(): KernelObjects {
  return { programs: ids('prog'), maps: ids('map'), links: ids('link'), btf: ids('btf') };
}

/** Every id of `before` gone or still there is fine; what is new is returned. */
export function newObjects(before: KernelObjects, after: KernelObjects): KernelObjects {
  const added = (kind: keyof KernelObjects) => after[kind].filter((id) => !before[kind].includes(id));
  return { programs: added('programs'), maps: added('maps'), links: added('links'), btf: added('btf') };
}

/** Open descriptors of a process, by what they refer to. */
export function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed in between
    }
  });
}
