import { type BigIntStats, close, constants, fstat, fsync, open } from 'node:fs';
import { type FileHandle, link, lstat, readdir, readlink, stat, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ConntrailError } from '../errors.js';
import { createOutputFile } from './output-file.js';

const opened = promisify(open);
const closed = promisify(close);
const synced = promisify(fsync);
const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;
/** How a file system says that it has nothing to sync for a directory. */
const NOTHING_TO_SYNC = new Set(['EINVAL', 'ENOTSUP']);

const REMOVED = 'was removed during the run: what follows is lost, and counted';
const ELSEWHERE = 'does not lead to the directory of this run any more: nothing is written where it leads';

/** What tells one file or directory from every other. */
export type Identity = Pick<BigIntStats, 'dev' | 'ino'>;

/** Whether both are the same file. */
export function same(a: Identity, b: Identity): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/**
 * A directory that is held open: what is made in it is made in this very directory, whatever becomes of its path. Node has no openat; on
 * Linux `/proc/self/fd/N/NAME` does the same. Without /proc the path is used, and it is compared before anything is written.
 */
export class OutputDirectory {
  /** As it was named. */
  readonly path: string;
  readonly #fd: number;
  /** A path that leads to the held directory itself, or null. */
  readonly #anchor: string | null;
  readonly #follow: boolean;

  private constructor(path: string, fd: number, anchor: string | null, follow: boolean) {
    this.path = path;
    this.#fd = fd;
    this.#anchor = anchor;
    this.#follow = follow;
  }

  /**
   * Opens a directory that is there. `follow`: whether its path may end in a symbolic link; slashes behind one do not make it another path.
   * Throws what opening throws: ENOTDIR or ELOOP for such a link.
   */
  static async open(path: string, follow: boolean): Promise<OutputDirectory> {
    const named = follow ? path : withoutSlashes(path);
    const fd = await opened(named, follow ? FLAGS : FLAGS | constants.O_NOFOLLOW, 0);
    try {
      const identity = await held(fd);
      const anchor = `/proc/self/fd/${fd}`;
      const leads = await stat(anchor, { bigint: true }).then(
        (found) => same(found, identity),
        () => false,
      );
      return new OutputDirectory(named, fd, leads ? anchor : null, follow);
    } catch (error) {
      await closed(fd);
      throw error;
    }
  }

  /** Owner, mode and so on, of the directory that is held. */
  stat(): Promise<BigIntStats> {
    return held(this.#fd);
  }

  /** The names in it. */
  list(): Promise<string[]> {
    return readdir(this.at('.'));
  }

  /** What has a name in it; null when nothing has. */
  async lookup(name: string): Promise<BigIntStats | null> {
    try {
      return await lstat(this.at(name), { bigint: true });
    } catch (error) {
      if (code(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Creates a file that did not exist.
   *
   * @param mode 0640 unless said otherwise
   * @throws ConntrailError CONNTRAIL_OUTPUT_EXISTS, CONNTRAIL_IO, CONNTRAIL_OUTPUT_MOVED when the directory is gone.
   */
  async create(name: string, mode?: number): Promise<FileHandle> {
    const missed = this.#anchor === null ? await this.misplaced() : null;
    if (missed !== null) throw missed;
    let file: FileHandle;
    try {
      file = await createOutputFile(this.at(name), this.pathOf(name), mode);
    } catch (error) {
      const gone = code((error as Error).cause) === 'ENOENT';
      throw (gone ? await this.misplaced() : null) ?? error;
    }
    if (this.#anchor !== null) return file;
    // By path: it is in the held directory only if the path led there before and finds the new file now.
    const there = await this.lookup(name);
    const found = there !== null && same(there, await file.stat({ bigint: true }));
    const wrong = (await this.misplaced()) ?? (found ? null : this.#moved(ELSEWHERE));
    if (wrong === null) return file;
    await file.close();
    throw wrong;
  }

  /** Gives what has a name in it a second one, which nothing may have yet. */
  link(name: string, second: string): Promise<void> {
    return link(this.at(name), this.at(second));
  }

  /** Removes a name from it, if that still is the name of `file`. */
  async remove(name: string, file: Identity): Promise<void> {
    const there = await this.lookup(name);
    if (there !== null && same(there, file)) await unlink(this.at(name));
  }

  /** Waits until the names in it are on the disk: a synced file without a name does not outlast a power cut. */
  async sync(): Promise<void> {
    try {
      await synced(this.#fd);
    } catch (error) {
      if (!NOTHING_TO_SYNC.has(code(error) ?? '')) throw error;
    }
  }

  /** Why its path does not lead to it any more: CONNTRAIL_OUTPUT_MOVED; null while it does. */
  async misplaced(): Promise<ConntrailError | null> {
    const look = this.#follow ? stat : lstat;
    const there = await look(this.path, { bigint: true }).catch(() => null);
    // Asked anew: an overlay may give a directory another number when it is first written to.
    const here = await held(this.#fd);
    if (there !== null && same(there, here)) return null;
    if (here.nlink === 0n) return this.#moved(REMOVED);
    const now = this.#anchor === null ? null : await readlink(this.#anchor).catch(() => null);
    if (now === null) return this.#moved(ELSEWHERE);
    const found = await lstat(now, { bigint: true }).catch(() => null);
    if (found !== null && same(found, here)) {
      return this.#moved(`was moved or replaced during the run: output goes on in ${now}`);
    }
    // Some file systems do not count the names of a directory.
    return this.#moved(now.endsWith(' (deleted)') ? REMOVED : ELSEWHERE);
  }

  /** The path of a name in it, as the user would write it. */
  pathOf(name: string): string {
    return this.path === '.' ? name : `${this.path.replace(/\/$/, '')}/${name}`;
  }

  /** A path by which `name` in it is found. */
  at(name: string): string {
    return this.#anchor === null ? this.pathOf(name) : `${this.#anchor}/${name}`;
  }

  async close(): Promise<void> {
    await closed(this.#fd);
  }

  #moved(how: string): ConntrailError {
    return new ConntrailError(
      'CONNTRAIL_OUTPUT_MOVED',
      `${this.path} ${how}; leave it in its place while conntrail runs`,
    );
  }
}

function held(fd: number): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    fstat(fd, { bigint: true }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });
}

/** The same path without what would lead through a link at its end: `link/` and `link/.`. */
export function withoutSlashes(path: string): string {
  return path.replace(/(?<=.)(?:\/\.?)+$/, '');
}

function code(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
