import { NAMES, type SpoolFiles } from './spool-files.js';

/** Names that files of ours must have. Segments are not among them: another number does as well. */
const OURS: readonly string[] = [
  NAMES.format,
  NAMES.newFormat,
  NAMES.synced,
  NAMES.checkpoint,
  NAMES.writerLock,
  NAMES.readerLock,
  NAMES.checkpointLock,
  NAMES.partitions,
  NAMES.newPartitions,
  NAMES.offsets,
  NAMES.newOffsets,
  NAMES.deadLetters,
];

/** Most that is put aside: beyond it the oldest is removed. */
export const QUARANTINE_FILES = 16;
export const QUARANTINE_BYTES = 64 << 20;

/** What is put aside, the oldest first. */
export interface Quarantined {
  files: { name: string; bytes: number; order: number }[];
  /** Files that were removed to keep the bounds. */
  removed: number;
}

/** Reads what is put aside, and changes nothing. */
export async function quarantined(files: SpoolFiles): Promise<Quarantined> {
  const entries = await files.list(NAMES.quarantine).catch(() => []);
  const found = entries.map(({ name, bytes }) => ({ name, bytes, order: orderOf(name) }));
  found.sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  // Without a number it was put aside by an earlier version.
  const numbered = found.filter(({ order }) => order > 0).length;
  return { files: found, removed: (found.at(-1)?.order ?? 0) - numbered };
}

/**
 * Moves what cannot be used to where it is in nobody's way, under its name and a running number; a link is moved itself, not what it leads to.
 * Then the oldest of what is there gives way, until the rest keeps the bounds.
 */
export async function quarantine(files: SpoolFiles, name: string): Promise<void> {
  await files.makeFolder(NAMES.quarantine);
  const before = await quarantined(files);
  const order = (before.files.at(-1)?.order ?? 0) + 1;
  await files.rename(name, `${NAMES.quarantine}/${name}.${order}`);
  await files.sync(NAMES.quarantine);
  const { files: all } = await quarantined(files);
  let bytes = all.reduce((sum, each) => sum + each.bytes, 0);
  let count = all.length;
  for (const oldest of all.slice(0, -1)) {
    if (count <= QUARANTINE_FILES && bytes <= QUARANTINE_BYTES) break;
    // A folder, which is not ours, stays.
    const gone = await files.remove(`${NAMES.quarantine}/${oldest.name}`).then(
      () => true,
      () => false,
    );
    if (!gone) continue;
    count--;
    bytes -= oldest.bytes;
  }
}

function orderOf(name: string): number {
  return Number(/\.(\d{1,15})$/.exec(name)?.[1] ?? 0);
}

/** Puts aside links, folders and files of others that have the names of our files. */
export async function clearNames(files: SpoolFiles): Promise<void> {
  for (const { name, kind } of await files.list()) {
    if (kind !== 'file' && OURS.includes(name)) await quarantine(files, name);
  }
}
