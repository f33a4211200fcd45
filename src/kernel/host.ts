import { closeSync, openSync, readFileSync, readSync, statfsSync } from 'node:fs';
import { hostname } from 'node:os';

/** Name of this host, as its records carry it. */
export function hostName(): string {
  return hostname();
}

/** Id of this boot: boot clock times are comparable only within one. "unknown" where there is no /proc. */
export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown';
}

/** First two bytes of BTF (linux/btf.h). */
const BTF_MAGIC = 0xeb9f;

/**
 * Whether the kernel tells its types (CONFIG_DEBUG_INFO_BTF); conntrail's programs cannot be fitted to it otherwise. Looks into the
 * file: a container may have something empty mounted over it.
 */
export function hasBtf(): boolean {
  const start = new Uint8Array(2);
  try {
    const file = openSync('/sys/kernel/btf/vmlinux', 'r');
    try {
      return readSync(file, start) === 2 && (start[0]! | (start[1]! << 8)) === BTF_MAGIC;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** CGROUP2_SUPER_MAGIC (linux/magic.h). */
const CGROUP2_MAGIC = 0x63677270;
/** Where it is usually mounted. */
const CGROUP2_PLACES = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];

/** Where the cgroup v2 hierarchy is mounted, or null: the first mount of it that this process sees. */
export function cgroupRoot(): string | null {
  const mounts = readText('/proc/self/mounts');
  if (mounts === undefined) return CGROUP2_PLACES.find(isCgroup2) ?? null;
  for (const line of mounts.split('\n')) {
    const [, path, type] = line.split(' ');
    if (type === 'cgroup2' && path !== undefined) return unescapeMount(path);
  }
  return null;
}

function isCgroup2(path: string): boolean {
  try {
    return statfsSync(path).type === CGROUP2_MAGIC;
  } catch {
    return false;
  }
}

/** Spaces and other separators stand as octal escapes in /proc/self/mounts. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The active level of lockdown stands in brackets; null where securityfs is not mounted. */
export function lockdown(): string | null {
  return /\[(\w+)\]/.exec(readText('/sys/kernel/security/lockdown') ?? '')?.[1] ?? null;
}
