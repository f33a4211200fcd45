/**
 * How long names are looked at after a change of their directory, ms: one that follows at once may leave the same time behind. File systems
 * count it in steps of up to 2 s (FAT); the kernel's coarse clock has 1 to 10 ms.
 */
const UNSETTLED_MS = 2_500;
/** How often they are looked at all the same, ms: a file system in user space need not keep that time. */
const AT_LEAST_EVERY_MS = 60_000;

/** Whether names in a directory may have changed since they were last looked at: each look costs a call per file. */
export class DirectoryChanges {
  #modified: bigint | null = null;
  #since = 0;
  #looked = 0;

  /**
   * Whether to look at the names now; a look is taken for made.
   *
   * @param modified when the directory changed, ns: st_mtime, read before the look; stat(2): adding, removing and renaming change it
   * @param now monotonic, ms
   */
  due(modified: bigint, now: number): boolean {
    if (modified !== this.#modified) {
      this.#modified = modified;
      this.#since = now;
    }
    const due = now - this.#since <= UNSETTLED_MS || now - this.#looked >= AT_LEAST_EVERY_MS;
    if (due) this.#looked = now;
    return due;
  }
}
