/** One entry of a spool directory. */
export interface SpoolEntry {
  readonly name: string;
  /** `foreign`: a link, a pipe, another user's file: never opened. */
  readonly kind: 'file' | 'folder' | 'foreign';
  readonly bytes: number;
}

/** A file of a spool that is held open. Everything is at explicit positions. */
export interface SpoolFile {
  size(): Promise<number>;
  /** The bytes there are, at most `length`. */
  read(at: number, length: number): Promise<Uint8Array>;
  /** All of them, or throws. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Returns when its bytes are on the disk (fdatasync). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A lock that ends with its process, however that ends. */
export interface SpoolLock {
  release(): Promise<void>;
}

/**
 * All that a spool does to its directory. A test stands in for it, notes every operation and rebuilds what a power cut may leave. Names are
 * taken as they are: `quarantine/0000000000000001.spool`.
 */
export interface SpoolFiles {
  /** For sentences. */
  readonly path: string;
  list(folder?: string): Promise<SpoolEntry[]>;
  /** A file that did not exist. */
  create(name: string): Promise<SpoolFile>;
  /** null: there is none, or it is foreign. */
  open(name: string, access: 'read' | 'write'): Promise<SpoolFile | null>;
  rename(name: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  makeFolder(name: string): Promise<void>;
  /** Returns when the names are on the disk. */
  sync(folder?: string): Promise<void>;
  /** null: somebody holds it. */
  lock(name: string): Promise<SpoolLock | null>;
  /** Calls back when something may have changed; the function that is returned ends it. */
  watch(changed: () => void): () => void;
  close(): Promise<void>;
}

export const NAMES = {
  format: 'format',
  /** `format` in the making. */
  newFormat: 'format.new',
  synced: 'synced',
  checkpoint: 'checkpoint',
  writerLock: 'writer.lock',
  readerLock: 'reader.lock',
  checkpointLock: 'checkpoint.lock',
  quarantine: 'quarantine',
  /** Of the sender alone: which partition the host has, up to which offset of it all is acknowledged, what was refused for good. */
  partitions: 'partitions',
  newPartitions: 'partitions.new',
  offsets: 'offsets',
  newOffsets: 'offsets.new',
  deadLetters: 'dead-letters.ndjson',
} as const;

export function segmentName(number: number): string {
  return `${String(number).padStart(16, '0')}.spool`;
}

/** Number of the segment that a file of this name is; null when it is none. */
export function segmentNumber(name: string): number | null {
  const digits = /^(\d{16})\.spool$/.exec(name)?.[1];
  const number = Number(digits);
  return digits !== undefined && number >= 1 && number <= 1e15 ? number : null;
}

/** Segments that are files of ours, by number. */
export async function listSegments(files: SpoolFiles): Promise<{ number: number; bytes: number }[]> {
  const found: { number: number; bytes: number }[] = [];
  for (const { name, kind, bytes } of await files.list()) {
    const number = segmentNumber(name);
    if (number !== null && kind === 'file') found.push({ number, bytes });
  }
  return found.sort((a, b) => a.number - b.number);
}

/** All bytes of a file, at most `most`; null when there is none or it is larger. */
export async function readWhole(files: SpoolFiles, name: string, most: number): Promise<Uint8Array | null> {
  const file = await files.open(name, 'read');
  if (file === null) return null;
  try {
    const size = await file.size();
    return size > most ? null : await file.read(0, size);
  } finally {
    await file.close();
  }
}
