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
  /** What to do about it, one sentence; empty when only `because` tells. */
  readonly advice: string;
  readonly errno: number;
}

/**
 * Opens it; `closeCgroup` closes it.
 * @param given null: it is not wanted; undefined: wherever it is mounted
 */
export function openCgroup(given: string | null | undefined): Cgroup {
  if (given === null) return none('cgroup is null', 'It was turned off: cgroup is null.');
  const capability = capabilityName(CGROUP_CAPABILITY);
  if (!holds(CGROUP_CAPABILITY, effectiveCapabilities())) {
    return none(`${capability} is missing`, `${capability} is missing; run as root, or with it, to trace UDP.`);
  }
  const path = given ?? cgroupRoot();
  if (path === null) {
    return none('no cgroup v2 hierarchy is mounted', 'No cgroup v2 hierarchy is mounted; mount one to trace UDP.');
  }
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    return { descriptor, because: '', advice: '', errno: 0 };
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const errno = os.errno[code as keyof typeof os.errno] ?? os.errno.ENOENT;
    return { descriptor: -1, because: `${path} could not be opened (${code})`, advice: '', errno };
  }
}

/** What is attached stays so. */
export function closeCgroup({ descriptor }: Cgroup): void {
  if (descriptor >= 0) closeSync(descriptor);
}

function none(because: string, advice: string): Cgroup {
  return { descriptor: -1, because, advice, errno: os.errno.ENOENT };
}
