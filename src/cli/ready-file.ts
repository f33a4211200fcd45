import { link, lstat, readFile, unlink } from 'node:fs/promises';
import { ConntrailError } from '../errors.js';
import { createOutputFile } from '../files/output-file.js';

/**
 * The file that tells scripts and supervisors that tracing is live: it holds the process id and a new line, appears when every live hook
 * group has proven itself, and goes when tracing ends. One that a killed run left behind is replaced; anything else is not touched.
 */
export class ReadyFile {
  readonly #path: string;
  #created = false;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Removes what a killed run left, so that the file cannot be taken for this run's.
   *
   * @throws ConntrailError CONNTRAIL_OUTPUT_EXISTS when something else has the name.
   */
  async clear(): Promise<void> {
    try {
      const isOurs = (await lstat(this.#path)).isFile() && /^\d+\n$/.test(await readFile(this.#path, 'latin1'));
      if (isOurs) return await unlink(this.#path);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
      if (code === 'ENOENT') return;
      throw new ConntrailError('CONNTRAIL_IO', `cannot replace the ready file ${this.#path} (${code}); name another`, {
        cause,
      });
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
   * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_EXISTS
   */
  async create(): Promise<void> {
    const hidden = `${this.#path}.${process.pid}`;
    const file = await createOutputFile(hidden);
    try {
      await file.writeFile(`${process.pid}\n`);
      await link(hidden, this.#path);
      this.#created = true;
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new ConntrailError('CONNTRAIL_IO', `cannot create the ready file ${this.#path} (${code}); name another`, {
        cause,
      });
    } finally {
      await file.close();
      await unlink(hidden);
    }
  }

  /** Removes it, if this run created it. */
  async remove(): Promise<void> {
    if (!this.#created) return;
    this.#created = false;
    await unlink(this.#path).catch(() => {});
  }
}
