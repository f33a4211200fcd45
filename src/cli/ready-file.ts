import { randomBytes } from 'node:crypto';
import { constants, fstatSync, lstatSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConntrailError, codeOf } from '../errors.js';
import { OutputDirectory } from '../files/output-directory.js';

/** Never waits for the writer of a pipe, never follows a link. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** More than a process id and a new line. */
const MOST_BYTES = 24;

/**
 * The file that tells scripts and supervisors that tracing is live: it holds the process id and a new line, appears when every live hook
 * group has proven itself, and goes when tracing ends. One that a killed run left behind is replaced; anything else is not touched. It is
 * never synced: after a power cut it would tell of a process that is gone.
 */
export class ReadyFile {
  readonly #path: string;
  readonly #name: string;
  /** The folder, held from `clear` on: what is created there is removed there. */
  #folder: OutputDirectory | null = null;
  /** What this run created, held: no other file can have its inode. */
  #created: FileHandle | null = null;

  constructor(path: string) {
    this.#path = path;
    this.#name = basename(path);
  }

  /**
   * Removes what a killed run left, so that the file cannot be taken for this run's.
   *
   * @throws ConntrailError CONNTRAIL_OUTPUT_EXISTS when something else has the name, CONNTRAIL_IO.
   */
  async clear(): Promise<void> {
    try {
      this.#folder = await OutputDirectory.open(dirname(this.#path), true);
      const found = await this.#folder.lookup(this.#name);
      if (found === null) return;
      if (found.isFile() && (await isReadyFile(this.#folder.at(this.#name)))) {
        return await this.#folder.remove(this.#name, found);
      }
    } catch (cause) {
      throw this.#failure('replace', cause);
    }
    throw new ConntrailError(
      'CONNTRAIL_OUTPUT_EXISTS',
      `${this.#path} exists and is no ready file; name another or remove it`,
    );
  }

  /**
   * Whoever waits for the file may read it at once: it is linked to its name only when it is whole. A link, unlike a rename, never
   * replaces what has the name.
   *
   * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_EXISTS, CONNTRAIL_OUTPUT_MOVED
   */
  async create(): Promise<void> {
    const folder = this.#folder!;
    const hidden = `.${this.#name}.${randomBytes(6).toString('hex')}`;
    const file = await folder.create(hidden);
    const identity = await file.stat({ bigint: true });
    try {
      await file.writeFile(`${process.pid}\n`);
      await folder.link(hidden, this.#name);
      this.#created = file;
    } catch (cause) {
      await file.close();
      throw this.#failure('create', cause);
    } finally {
      await folder.remove(hidden, identity);
    }
  }

  /** Removes it, if this run created it and nobody put another in its place. */
  async remove(): Promise<void> {
    const created = this.#created;
    const folder = this.#folder;
    this.#created = null;
    this.#folder = null;
    if (created !== null) {
      const identity = await created.stat({ bigint: true });
      await folder?.remove(this.#name, identity).catch(() => {});
      await created.close();
    }
    await folder?.close();
  }

  /** The same for a process that ends now. */
  removeNow(): void {
    if (this.#created === null) return;
    try {
      const { dev, ino } = fstatSync(this.#created.fd, { bigint: true });
      const there = lstatSync(this.#path, { bigint: true });
      if (there.dev === dev && there.ino === ino) unlinkSync(this.#path);
    } catch {
      // It is gone, or the next run replaces it.
    }
    this.#created = null;
  }

  #failure(verb: string, cause: unknown): ConntrailError {
    const code = codeOf(cause);
    return new ConntrailError('CONNTRAIL_IO', `cannot ${verb} the ready file ${this.#path} (${code}); name another`, {
      cause,
    });
  }
}

/** A process id and a new line; looks at no more of a file than that takes. */
async function isReadyFile(path: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, FLAGS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return false;
    throw error;
  }
  try {
    if (!(await file.stat()).isFile()) return false;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return /^\d+\n$/.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await file.close();
  }
}
