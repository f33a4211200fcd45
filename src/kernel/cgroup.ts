import { closeSync, constants, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import { capabilityName, effectiveCapabilities, holds } from './capabilities.js';
import { CGROUP_CAPABILITY } from './check-host.js';
import { cgroupRoot } from './host.js';

/** The root of the cgroup v2 hierarchy, open while programs are attached to it; or why there is none. */
export interface Cgroup {
  /** -1: there is none. */
  readonly descriptor: number;
  /** Why there is none, in half a sentence. */
  readonly because: string;
  /** What to do about it for what hooks into it (`UDP`), one sentence; null when only `because` tells. */
  readonly advice: ((title: string) => string) | null;
  readonly errno: number;
}

/**
 * Opens it; `closeCgroup` closes it.
 * @param given null: it is not wanted; undefined: wherever it is mounted
 */
export function openCgroup(given: string | null | undefined): Cgroup {
  if (given === null) return none('cgroup is null', () => 'It was turned off: cgroup is null.');
  const capability = capabilityName(CGROUP_CAPABILITY);
  if (!holds(CGROUP_CAPABILITY, effectiveCapabilities())) {
    const because = `${capability} is missing`;
    return none(because, (title) => `${because}; run as root, or with it, to trace ${title}.`);
  }
  const path = given ?? cgroupRoot();
  if (path === null) {
    const because = 'no cgroup v2 hierarchy is mounted';
    return none(because, (title) => `N${because.slice(1)}; mount one to trace ${title}.`);
  }
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    return { descriptor, because: '', advice: null, errno: 0 };
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const errno = os.errno[code as keyof typeof os.errno] ?? os.errno.ENOENT;
    return { descriptor: -1, because: `${path} could not be opened (${code})`, advice: null, errno };
  }
}

/** What is attached stays so. */
export function closeCgroup({ descriptor }: Cgroup): void {
  if (descriptor >= 0) closeSync(descriptor);
}

function none(because: string, advice: Cgroup['advice']): Cgroup {
  return { descriptor: -1, because, advice, errno: os.errno.ENOENT };
}
