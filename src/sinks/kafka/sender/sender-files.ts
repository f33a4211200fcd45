import { readWhole, type SpoolFiles } from '../../../spool/spool-files.js';

const MAX_BYTES = 1 << 20;

/** JSON of a file beside the segments; null when there is none, or what is there is no JSON. */
export async function readJson(files: SpoolFiles, name: string): Promise<unknown> {
  const bytes = await readWhole(files, name, MAX_BYTES);
  if (bytes === null) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return null;
  }
}

/** Replaces the file in one step. @param sync whether it returns when it is on the disk */
export async function writeJson(files: SpoolFiles, name: string, value: unknown, sync: boolean): Promise<void> {
  const making = `${name}.new`;
  const file = (await files.open(making, 'write')) ?? (await files.create(making));
  try {
    await file.truncate(0);
    await file.write(new TextEncoder().encode(`${JSON.stringify(value)}\n`), 0);
    if (sync) await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(making, name);
  if (sync) await files.sync();
}

/** Whether an error is what the disk answered: it may have room later. */
export function isOfDisk(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof syscall === 'string';
}

/** Entries by topic that `check` takes for such; whatever else stands in the file is left out. */
export function byTopic<T>(json: unknown, check: (entry: Record<string, unknown>) => T | null): Map<string, T> {
  const found = new Map<string, T>();
  if (typeof json !== 'object' || json === null) return found;
  for (const [topic, entry] of Object.entries(json)) {
    const checked = typeof entry === 'object' && entry !== null ? check(entry as Record<string, unknown>) : null;
    if (checked !== null) found.set(topic, checked);
  }
  return found;
}
