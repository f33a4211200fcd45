import { ConntrailError } from '../errors.js';
import { BuildFolder } from '../native/build-folder.js';
import { BPF_OBJECTS } from '../native/index.js';

const SUFFIX = '.bpf.o';

/** The BPF objects by name ('connections/tcp'), each as it was built, or with what is wrong with it. Each is read once, when it is wanted. */
export class BpfObjects {
  readonly #built: BuildFolder;
  readonly #read = new Map<string, Uint8Array | ConntrailError>();

  /** @throws ConntrailError CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED when that holds for all of them */
  constructor(folder = BPF_OBJECTS) {
    this.#built = new BuildFolder(folder);
  }

  /** Its bytes, or why it may not be loaded; nothing else is loaded than what was compared here. */
  get(name: string): Uint8Array | ConntrailError {
    let found = this.#read.get(name);
    if (found === undefined) {
      found = this.#open(name);
      this.#read.set(name, found);
    }
    return found;
  }

  #open(name: string): Uint8Array | ConntrailError {
    try {
      return this.#built.read(`${name}${SUFFIX}`);
    } catch (error) {
      if (error instanceof ConntrailError) return error;
      throw error;
    }
  }
}
