import type { Holder } from './holder.js';
import { linkOf, namesIn, numberIn, readProc } from './proc-files.js';

/** Nanoseconds of a clock tick: USER_HZ is 100 on every machine that Linux runs on by now. */
const TICK_NS = 10_000_000n;
/** Field of /proc/PID/stat behind the name, from 0: the start of the process in ticks of the boot clock (proc(5): 22). */
const START_FIELD = 19;

const FILES = new Map<string, { what: Holder['what']; id: string }>([
  ['anon_inode:bpf-map', { what: 'map', id: 'map_id' }],
  ['anon_inode:bpf-prog', { what: 'program', id: 'prog_id' }],
  ['anon_inode:bpf_link', { what: 'link', id: 'prog_id' }],
]);

/**
 * The same as the iterator over descriptors tells, out of /proc/PID/fd and fdinfo, where there is none. Perf events do not say there which program
 * they run.
 */
export function procHolders(): { holders: Holder[]; complete: boolean } {
  const holders: Holder[] = [];
  let complete = true;
  for (const pid of (namesIn('.') ?? []).filter((name) => /^\d+$/.test(name))) {
    const descriptors = namesIn(`${pid}/fd`);
    if (descriptors === null) {
      // One that has gone holds nothing; one that is closed to us may.
      if (readProc(`${pid}/comm`) !== null) complete = false;
      continue;
    }
    let process: Pick<Holder, 'pid' | 'startNs' | 'name'> | undefined;
    for (const descriptor of descriptors) {
      const file = FILES.get(linkOf(`${pid}/fd/${descriptor}`) ?? '');
      const id = file === undefined ? null : numberIn(readProc(`${pid}/fdinfo/${descriptor}`), file.id);
      if (file === undefined || id === null) continue;
      process ??= processOf(pid);
      holders.push({ ...process, what: file.what, id, descriptor: Number(descriptor) });
    }
  }
  return { holders, complete };
}

function processOf(pid: string): Pick<Holder, 'pid' | 'startNs' | 'name'> {
  const stat = readProc(`${pid}/stat`) ?? '';
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD];
  const name = (readProc(`${pid}/comm`) ?? '').replace(/\n$/, '');
  return { pid: Number(pid), startNs: ticks === undefined ? 0n : BigInt(ticks) * TICK_NS, name };
}
