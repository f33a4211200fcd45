import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

/** Bytes of a file that are read. */
const MOST_BYTES = 4 << 20;

/** There is no file. */
const NONE = 'none';

/** A file as it was when it was read. */
export interface HostsReading {
  /** Each character a byte. */
  readonly text: string;
  /** When it changed last, by the wall clock, ns: its contents, its name, or the place of its name. */
  readonly changedNs: bigint;
}

/** A file that is looked at again and again, and read when it has changed. */
export class HostsFile {
  readonly #path: string;
  #seen: Stats | typeof NONE | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What it says; null: it is the same as last time. A file that is not there says nothing.
   * @param nowNs the wall clock: when a file that is not there any more is found to be gone
   * @throws Error when it is there and cannot be read
   */
  read(nowNs: bigint): HostsReading | null {
    // Most looks find it as it was, at the cost of this call.
    if (this.#isSeen(statSync(this.#path, { throwIfNoEntry: false }))) return null;
    let fd: number;
    try {
      // A pipe is not waited for.
      fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#seen = NONE;
      return { text: '', changedNs: nowNs };
    }
    try {
      // Before it is read: what changes meanwhile is seen at the next look.
      this.#seen = fstatSync(fd);
      const { ctimeNs } = fstatSync(fd, { bigint: true });
      return { text: textOf(fd), changedNs: ctimeNs };
    } catch (error) {
      this.forget();
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** What was read was not told: it is read again. */
  forget(): void {
    this.#seen = undefined;
  }

  #isSeen(now: Stats | undefined): boolean {
    const seen = this.#seen;
    if (now === undefined || seen === undefined || seen === NONE) return now === undefined && seen === NONE;
    return (
      now.ctimeMs === seen.ctimeMs &&
      now.mtimeMs === seen.mtimeMs &&
      now.size === seen.size &&
      now.ino === seen.ino &&
      now.dev === seen.dev
    );
  }
}

/** Up to MOST_BYTES; a last line that is cut there does not count. */
function textOf(fd: number): string {
  const bytes = Buffer.alloc(MOST_BYTES);
  let length = 0;
  for (let read = 1; read > 0 && length < MOST_BYTES; length += read) {
    read = readSync(fd, bytes, length, MOST_BYTES - length, length);
  }
  const text = bytes.toString('latin1', 0, length);
  return length < MOST_BYTES ? text : text.slice(0, text.lastIndexOf('\n') + 1);
}
