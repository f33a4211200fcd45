/** What a tracer can leave behind in the kernel. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BpfKind, native } from '../../../src/native/index.js';

export interface KernelObjects {
  readonly programs: readonly number[];
  readonly maps: readonly number[];
  readonly links: readonly number[];
}

/**
 * By number alone. To open a program array while it is being freed, as `bpftool map show` does, keeps it for good: its last descriptor is then
 * closed twice, and one job on the work queue gives back only one of two references (kernel/bpf/arraymap.c: prog_array_map_clear).
 */
function ids(kind: BpfKind): number[] {
  const found = native().bpf.ids(kind);
  if (typeof found === 'number') throw new Error(`the ${kind}s of this host cannot be listed: errno ${-found}`);
  return [...found];
}

export function kernelObjects(): KernelObjects {
  return { programs: ids('program'), maps: ids('map'), links: ids('link') };
}

function processes(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** Ids that some process holds a descriptor of, by the name fdinfo has for the kind. */
function held(): Record<'prog' | 'map' | 'link', Set<number>> {
  const found = { prog: new Set<number>(), map: new Set<number>(), link: new Set<number>() };
  for (const pid of processes()) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
        const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
        for (const [, kind, id] of info.matchAll(/^(prog|map|link)_id:\s*(\d+)$/gm)) {
          found[kind as keyof typeof found].add(Number(id));
        }
      }
    } catch {
      // ended, or closed, in between
    }
  }
  return found;
}

/** ms: the kernel frees objects a while after the last descriptor of them is closed. */
const GRACE_MS = 20_000;

/** What has come since `before` and no process holds a descriptor of, when it stays so. Another's objects are not counted. */
export async function leftBehind(before: KernelObjects): Promise<KernelObjects> {
  const deadline = performance.now() + GRACE_MS;
  let left = orphans(before);
  while (Object.values(left).some((ids) => ids.length > 0) && performance.now() < deadline) {
    await sleep(100);
    left = orphans(before);
  }
  return left;
}

function orphans(before: KernelObjects): KernelObjects {
  const now = kernelObjects();
  const users = held();
  const left = (kind: keyof KernelObjects, holders: Set<number>) =>
    now[kind].filter((id) => !before[kind].includes(id) && !holders.has(id));
  return {
    programs: left('programs', users.prog),
    maps: left('maps', users.map),
    links: left('links', users.link),
  };
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
