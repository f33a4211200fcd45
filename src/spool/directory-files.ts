import { constants, type FSWatcher, watch } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { ConntrailError, codeOf } from '../errors.js';
import { isRootsOrCallers, openOrMakeDirectory } from '../files/made-directory.js';
import { OutputDirectory } from '../files/output-directory.js';
import { native } from '../native/index.js';
import type { SpoolEntry, SpoolFile, SpoolFiles, SpoolLock } from './spool-files.js';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077n;
/** O_NONBLOCK: what stands in place of a file is not waited for. */
const FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const EWOULDBLOCK = 11;

/** A spool directory that is held, so that nothing that is done to its path leads what is written elsewhere. */
export class DirectoryFiles implements SpoolFiles {
  readonly path: string;
  readonly #directory: OutputDirectory;
  /** Whom files may belong to: the directory's owner, and whoever writes into it. */
  readonly #owners: readonly bigint[];

  private constructor(directory: OutputDirectory, owner: bigint) {
    this.path = directory.path;
    this.#directory = directory;
    this.#owners = [owner, BigInt(process.geteuid?.() ?? 0)];
  }

  /**
   * @param make whether it is made when it is not there
   * @throws ConntrailError CONNTRAIL_IO when it cannot be opened or made; CONNTRAIL_OUTPUT_FOREIGN when it is a link, another user's, or others
   *   may look into it
   */
  static async open(path: string, make: boolean): Promise<DirectoryFiles> {
    try {
      const directory = make
        ? await openOrMakeDirectory(path, DIRECTORY_MODE)
        : await OutputDirectory.open(path, false);
      const { uid, mode } = await directory.stat();
      const foreign = whyForeign(path, uid, mode);
      if (foreign === null) return new DirectoryFiles(directory, uid);
      await directory.close();
      throw new ConntrailError('CONNTRAIL_OUTPUT_FOREIGN', foreign);
    } catch (cause) {
      if (cause instanceof ConntrailError) throw cause;
      const sentence = `cannot open the spool ${path} (${codeOf(cause)}); name a directory that is there and yours`;
      throw new ConntrailError('CONNTRAIL_IO', sentence, { cause });
    }
  }

  async list(folder = '.'): Promise<SpoolEntry[]> {
    const entries: SpoolEntry[] = [];
    for (const name of await readdir(this.#directory.at(folder))) {
      const found = await lstat(this.#directory.at(`${folder}/${name}`), { bigint: true }).catch(() => null);
      if (found === null) continue;
      const ours = this.#owners.includes(found.uid);
      const kind = ours && found.isFile() ? 'file' : ours && found.isDirectory() ? 'folder' : 'foreign';
      entries.push({ name, kind, bytes: Number(found.size) });
    }
    return entries;
  }

  async create(name: string): Promise<SpoolFile> {
    await (await this.#directory.create(name, FILE_MODE)).close();
    // Again, to be read as well.
    const file = await this.open(name, 'write');
    if (file !== null) return file;
    throw Object.assign(new Error(`${name} was removed as it was made`), { code: 'ENOENT' });
  }

  async open(name: string, access: 'read' | 'write'): Promise<SpoolFile | null> {
    const flags = FLAGS | (access === 'read' ? constants.O_RDONLY : constants.O_RDWR);
    const file = await this.#open(name, flags);
    return file === null ? null : new OpenFile(file);
  }

  async rename(name: string, to: string): Promise<void> {
    await rename(this.#directory.at(name), this.#directory.at(to));
  }

  async remove(name: string): Promise<void> {
    await unlink(this.#directory.at(name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  async makeFolder(name: string): Promise<void> {
    const path = this.#directory.at(name);
    const there = await lstat(path).catch(() => null);
    if (there?.isDirectory() === true) return;
    // A link would be followed by whatever is put into it.
    if (there !== null) await rename(path, this.#directory.at(`${name}.foreign`));
    await mkdir(path, { mode: DIRECTORY_MODE });
  }

  async sync(folder?: string): Promise<void> {
    if (folder !== undefined) {
      const inner = await OutputDirectory.open(this.#directory.at(folder), false);
      await inner.sync().finally(() => inner.close());
    }
    await this.#directory.sync();
  }

  async lock(name: string): Promise<SpoolLock | null> {
    const flags = FLAGS | constants.O_RDWR | constants.O_CREAT;
    const file = await this.#open(name, flags);
    if (file === null) {
      const sentence = `${this.#directory.pathOf(name)} is not a file of yours; remove it`;
      throw new ConntrailError('CONNTRAIL_OUTPUT_FOREIGN', sentence);
    }
    const errno = native().lockFile(file.fd);
    if (errno === 0) return { release: () => file.close() };
    await file.close();
    if (errno === EWOULDBLOCK) return null;
    const sentence = `${this.#directory.pathOf(name)} cannot be locked (errno ${errno}); use a local file system`;
    throw new ConntrailError('CONNTRAIL_IO', sentence);
  }

  watch(changed: () => void): () => void {
    let watcher: FSWatcher;
    try {
      watcher = watch(this.#directory.at('.'), { persistent: false }, changed);
    } catch {
      // No more watches: whoever asked looks by himself now and then.
      return () => {};
    }
    watcher.on('error', () => {});
    return () => watcher.close();
  }

  close(): Promise<void> {
    return this.#directory.close();
  }

  /** A regular file of the owner's; null when there is none of the kind. */
  async #open(name: string, flags: number): Promise<FileHandle | null> {
    let file: FileHandle;
    try {
      file = await open(this.#directory.at(name), flags, FILE_MODE);
    } catch (error) {
      if (['ENOENT', 'ELOOP', 'ENXIO', 'EISDIR', 'EACCES', 'ENODEV', 'ENOTDIR'].includes(codeOf(error))) return null;
      throw error;
    }
    const found = await file.stat({ bigint: true });
    if (found.isFile() && this.#owners.includes(found.uid)) return file;
    await file.close();
    return null;
  }
}

class OpenFile implements SpoolFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let got = 0;
    while (got < length) {
      const { bytesRead } = await this.#file.read(bytes, got, length - got, at + got);
      if (bytesRead === 0) break;
      got += bytesRead;
    }
    return bytes.subarray(0, got);
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, at + done);
      // Nothing is no progress, however often it is tried.
      if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
      done += bytesWritten;
    }
  }

  truncate(length: number): Promise<void> {
    return this.#file.truncate(length);
  }

  sync(): Promise<void> {
    return this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function whyForeign(path: string, uid: bigint, mode: bigint): string | null {
  // Not "chmod 700" alone: it may be /tmp.
  if ((mode & OTHERS) !== 0n)
    return `others may look into ${path}; name a directory for the spool alone, that only you may enter (chmod 700)`;
  const mine = BigInt(process.geteuid?.() ?? 0);
  if (uid === mine || (mine === 0n && isRootsOrCallers(uid))) return null;
  return `the spool ${path} belongs to user ${uid}; use one of your own`;
}
