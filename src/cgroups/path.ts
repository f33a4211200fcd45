import { safeText } from '../encoding/safe-text.js';
import { CGROUP_PATH } from './layout.gen.js';

/** What stands where the beginning of a path should. */
const CUT = '…';

/** Where a cgroup is in its hierarchy. */
export interface CgroupPath {
  /** Its names from its own up to the one below the root, one character per byte; none: it is the root. */
  readonly names: readonly string[];
  /** From the root, as in /proc/PID/cgroup, made safe as process.name of the connection record; begins with `…/` where names are missing. */
  readonly text: string;
}

/**
 * Reads a `struct ct_cgroup_path`.
 * @param at byte offset of it
 * @returns null: no cgroup is known, or none of its names
 */
export function readCgroupPath(u8: Uint8Array, at: number): CgroupPath | null {
  const view = new DataView(u8.buffer, u8.byteOffset + at, CGROUP_PATH.size);
  const length = view.getUint32(CGROUP_PATH.length, true);
  const isCut = view.getUint32(CGROUP_PATH.cut, true) !== 0;
  const isKnown = view.getBigUint64(CGROUP_PATH.id, true) !== 0n;
  if (!isKnown || (isCut && length === 0) || length > CGROUP_PATH.size - CGROUP_PATH.names) return null;
  const bytes = u8.slice(at + CGROUP_PATH.names, at + CGROUP_PATH.names + Math.max(0, length - 1));
  const names =
    length === 0 ? [] : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split('\0');
  const path = names.map(safeName).reverse().join('/');
  return { names, text: `${isCut ? CUT : ''}/${path}` };
}

/** A name, one character per byte, made safe as a path is. */
export function safeName(name: string): string {
  return safeText(Buffer.from(name, 'latin1'));
}
