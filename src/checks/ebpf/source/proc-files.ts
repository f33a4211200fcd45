import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Files below /proc that may go at any moment: null then. */
export function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return null;
  }
}

export function linkOf(path: string): string | null {
  try {
    return readlinkSync(`/proc/${path}`);
  } catch {
    return null;
  }
}

/** Names in a folder; null: it has gone, or is closed to us. */
export function namesIn(path: string): string[] | null {
  try {
    return readdirSync(`/proc/${path}`);
  } catch {
    return null;
  }
}

/** A number that takes the rest of a line. */
const VALUE = /\s*(\d+)$/my;

/** A number in a text of lines `name:\tvalue`, as fdinfo has them; null: it is not there. */
export function numberIn(text: string | null, name: string): number | null {
  // Of each object of the host, in each round: a search makes no expression for each name.
  const head = `\n${name}:`;
  const at = `\n${text ?? ''}`.indexOf(head);
  if (text === null || at < 0) return null;
  VALUE.lastIndex = at + head.length - 1;
  const found = VALUE.exec(text);
  return found === null ? null : Number(found[1]);
}

/** Whether this process sees all processes of the host: it is in the initial pid namespace (PROC_PID_INIT_INO of the kernel). */
export function seesAllProcesses(): boolean {
  return linkOf('self/ns/pid') === 'pid:[4026531836]';
}
