import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConntrailError } from '../errors.js';

/** Sums of all files of a folder, in the format of sha256sum; made with them, packed with them. */
const SUMS = 'SHA256SUMS';
const SUM_LINE = /^([0-9a-f]{64}) {2}(\S+)$/;
/** Whoever owns this file has his code run here already. */
const PROGRAM = fileURLToPath(import.meta.url);
const OTHERS_WRITE = 0o022;

/** A file that is open, and what was read of it. */
export interface BuildFile {
  descriptor: number;
  bytes: Uint8Array;
}

/** A folder of compiled files. What it gives is what the build made, read once, of files that nobody else may change. */
export class BuildFolder {
  readonly #path: string;
  readonly #sums: ReadonlyMap<string, string>;

  /** @throws ConntrailError CONNTRAIL_ADDON_MISSING when there are no sums; CONNTRAIL_ADDON_DAMAGED when they cannot be trusted */
  constructor(path: string) {
    this.#path = path;
    const { descriptor, bytes } = openOwn(path, SUMS);
    closeSync(descriptor);
    const lines = Buffer.from(bytes)
      .toString('latin1')
      .split('\n')
      .slice(0, -1)
      .map((line) => SUM_LINE.exec(line));
    if (lines.length === 0 || lines.includes(null)) throw damaged(path, SUMS, 'is not a list of SHA-256 sums');
    this.#sums = new Map(lines.map((line) => [line![2]!, line![1]!]));
  }

  /**
   * Opens a file, to be closed by the caller.
   * @param name relative to the folder
   * @throws ConntrailError CONNTRAIL_ADDON_MISSING when it is not there; CONNTRAIL_ADDON_DAMAGED when it is not what was built, or others may
   *   change it
   */
  open(name: string): BuildFile {
    const file = openOwn(this.#path, name);
    if (createHash('sha256').update(file.bytes).digest('hex') === this.#sums.get(name)) return file;
    closeSync(file.descriptor);
    throw damaged(this.#path, name, 'is not what was built (its SHA-256 differs)');
  }

  /** What is in a file; throws as `open`. */
  read(name: string): Uint8Array {
    const { descriptor, bytes } = this.open(name);
    closeSync(descriptor);
    return bytes;
  }
}

function openOwn(folder: string, name: string): BuildFile {
  const path = join(folder, name);
  let descriptor: number;
  try {
    // A FIFO in its place would wait for a writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'is missing' : `cannot be opened (${code})`;
    const advice = 'build it with `scripts/setup`, or install conntrail again';
    throw new ConntrailError('CONNTRAIL_ADDON_MISSING', `${short(folder, name)} ${what}; ${advice}.`, { cause });
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw damaged(folder, name, 'is not a file');
    const right = rightOfOthers(stats);
    if (right !== '') {
      const advice = 'take that right away (chmod go-w, chown), or install conntrail again';
      throw new ConntrailError('CONNTRAIL_ADDON_DAMAGED', `${short(folder, name)} ${right}; ${advice}.`);
    }
    return { descriptor, bytes: readFileSync(descriptor) };
  } catch (cause) {
    closeSync(descriptor);
    if (cause instanceof ConntrailError) throw cause;
    throw damaged(folder, name, `cannot be read (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

/** Who could change the file, other than those whose code runs here anyway: root, this user, and the owner of the program. */
function rightOfOthers({ uid, mode }: Stats): string {
  if ((mode & OTHERS_WRITE) !== 0) return `may be changed by others (mode ${(mode & 0o7777).toString(8)})`;
  const trusted = [0, process.geteuid?.() ?? 0, statSync(PROGRAM).uid];
  return trusted.includes(uid) ? '' : `belongs to another user (uid ${uid})`;
}

function damaged(folder: string, name: string, what: string, cause?: unknown): ConntrailError {
  const advice = 'remove it and build it with `scripts/setup`, or install conntrail again';
  return new ConntrailError('CONNTRAIL_ADDON_DAMAGED', `${short(folder, name)} ${what}; ${advice}.`, { cause });
}

/** As it is called in the documentation: build/bpf/connections/tcp.bpf.o. */
function short(folder: string, name: string): string {
  return `build/${basename(folder)}/${name}`;
}
