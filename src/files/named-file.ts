import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConntrailError, codeOf } from '../errors.js';
import { Appender, FileRemovedError, type Settled } from './appender.js';
import { OutputDirectory, same } from './output-directory.js';

/**
 * A new file that is appended to, in a directory that is held: what is written stays worth something only while the file has its name.
 * The owner syncs the directory, once for all files it makes or finishes together.
 */
export class NamedFile {
  readonly directory: OutputDirectory;
  readonly name: string;
  readonly #file: FileHandle;
  readonly #appender: Appender;

  private constructor(directory: OutputDirectory, name: string, file: FileHandle) {
    this.directory = directory;
    this.name = name;
    this.#file = file;
    this.#appender = new Appender(file);
  }

  /** Creates it. Throws what `OutputDirectory.create` throws. */
  static async create(directory: OutputDirectory, name: string): Promise<NamedFile> {
    return new NamedFile(directory, name, await directory.create(name));
  }

  /** Bytes of the chunks that are whole in the file. */
  get size(): number {
    return this.#appender.size;
  }

  /** Bytes handed over and not yet settled. */
  get backlog(): number {
    return this.#appender.backlog;
  }

  get path(): string {
    return this.directory.pathOf(this.name);
  }

  /** As `Appender.append`; a file that was removed is told as CONNTRAIL_OUTPUT_MOVED. */
  append(bytes: Uint8Array, settled: Settled): void {
    this.#appender.append(bytes, (error) => settled(error instanceof FileRemovedError ? this.#removed(error) : error));
  }

  /** As `Appender.idle`. */
  idle(): Promise<void> {
    return this.#appender.idle();
  }

  /** As `Appender.cancel`. */
  cancel(): void {
    this.#appender.cancel();
  }

  /** Why its name is not its name any more: CONNTRAIL_OUTPUT_MOVED; null while it is. Looks into the held directory only. */
  async misnamed(): Promise<ConntrailError | null> {
    const there = await this.directory.lookup(this.name);
    const here = await this.#file.stat({ bigint: true });
    if (there !== null && same(there, here)) return null;
    if (here.nlink === 0n) return this.#removed();
    const sentence = `${this.path} was renamed or replaced while it was written to: its end is under the new name; move files that are finished`;
    return new ConntrailError('CONNTRAIL_OUTPUT_MOVED', sentence);
  }

  /** As `Appender.finish`. */
  finish(): Promise<void> {
    return this.#appender.finish();
  }

  /** Closes and removes a file that nobody needs. That its name is gone is synced where that can be: an empty file harms nobody. */
  async discard(): Promise<void> {
    await this.#appender.idle();
    const identity = await this.#file.stat({ bigint: true });
    // Removed before it is closed: until then no other file has its inode.
    await this.directory.remove(this.name, identity).finally(() => this.#appender.close());
    await this.directory.sync().catch(() => {});
  }

  #removed(cause?: Error): ConntrailError {
    const sentence = `${this.path} was removed while it was written to: what it held is gone; remove files that are finished`;
    return new ConntrailError('CONNTRAIL_OUTPUT_MOVED', sentence, { cause });
  }
}

/** A new file by its path, and its folder, which is held; links lead to the folder as to any other. */
export async function createNamedFile(path: string): Promise<NamedFile> {
  const folder = dirname(path);
  let directory: OutputDirectory;
  try {
    directory = await OutputDirectory.open(folder, true);
  } catch (cause) {
    const code = codeOf(cause);
    throw new ConntrailError('CONNTRAIL_IO', `cannot create ${path} (${code}); choose a writable place`, { cause });
  }
  try {
    // A name that ends in a slash is a directory's, and refused as one.
    return await NamedFile.create(directory, path.endsWith('/') ? `${basename(path)}/` : basename(path));
  } catch (error) {
    await directory.close();
    throw error;
  }
}
