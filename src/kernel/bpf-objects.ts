import { ConntrailError } from '../errors.js';
import { BuildFolder } from '../native/build-folder.js';
import { BPF_OBJECTS } from '../native/index.js';

const SUFFIX = '.bpf.o';

/** The BPF objects by name, each as it was built, or with what is wrong with it. */
export class BpfObjects {
  /** What the addon takes: bytes, or why an object may not be loaded. */
  readonly contents: Record<string, Uint8Array | string> = {};
  /** Of those that may not be loaded, by name. */
  readonly errors = new Map<string, ConntrailError>();

  /**
   * Reads them; nothing else is loaded later than what was compared here.
   * @throws ConntrailError CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED when that holds for all of them
   */
  constructor(folder = BPF_OBJECTS) {
    const built = new BuildFolder(folder);
    for (const file of built.names) {
      const name = file.slice(0, -SUFFIX.length);
      try {
        this.contents[name] = built.read(file);
      } catch (error) {
        if (!(error instanceof ConntrailError)) throw error;
        this.errors.set(name, error);
        this.contents[name] = error.message;
      }
    }
  }
}
