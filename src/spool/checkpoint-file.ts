import { setTimeout as sleep } from 'node:timers/promises';
import { ConntrailError } from '../errors.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, SLOT_BYTES } from './checkpoint.js';
import { NAMES, readWhole, type SpoolFile, type SpoolFiles, type SpoolLock } from './spool-files.js';

/** How long somebody else may hold a lock that is held for one write and one sync, ms: beyond it that process hangs or is stopped. */
const LOCK_PATIENCE_MS = 10_000;
const LOCK_STEP_MS = 5;

/** What the file says: the newest whole slot, and where the next one belongs. */
interface Slots {
  newest: Checkpoint | null;
  /** Slot that may be overwritten. */
  spare: 0 | 1;
}

/** The file of both slots. Whoever changes it holds its lock, and begins from what is there. */
export class CheckpointFile {
  readonly #files: SpoolFiles;

  constructor(files: SpoolFiles) {
    this.#files = files;
  }

  /** null: there is no file, or both slots are damaged. */
  async read(): Promise<Checkpoint | null> {
    const file = await this.#files.open(NAMES.checkpoint, 'read');
    if (file === null) return null;
    try {
      return (await slotsOf(file)).newest;
    } finally {
      await file.close();
    }
  }

  /**
   * Calls `change` with what is there, synced, and makes what it returns the checkpoint, synced; null: nothing is changed. What `then` does
   * comes after, still under the lock.
   * @throws what the disk throws; ConntrailError CONNTRAIL_BEHIND when another process does not give the lock back
   */
  async update(
    change: (found: Checkpoint | null) => Promise<Checkpoint | null> | Checkpoint | null,
    then: (now: Checkpoint) => Promise<void> = async () => {},
  ): Promise<Checkpoint | null> {
    const lock = await this.#lock();
    try {
      const file = await this.#open();
      try {
        const { newest, spare } = await slotsOf(file);
        // A process that was killed may have left it unsynced; what is built upon it is no better than it.
        await file.sync();
        const changed = await change(newest);
        if (changed === null) return newest;
        const now = { ...changed, generation: (newest?.generation ?? 0) + 1 };
        await file.write(encodeCheckpoint(now), spare * SLOT_BYTES);
        await file.sync();
        await then(now);
        return now;
      } finally {
        await file.close();
      }
    } finally {
      await lock.release();
    }
  }

  /** Made with its full size, both slots empty, so that a full disk does not keep anybody from settling what frees it. */
  async #open(): Promise<SpoolFile> {
    const file = await this.#files.open(NAMES.checkpoint, 'write');
    if (file !== null) return file;
    const made = await this.#files.create(NAMES.checkpoint);
    await made.write(new Uint8Array(2 * SLOT_BYTES), 0);
    await made.sync();
    await this.#files.sync();
    return made;
  }

  async #lock(): Promise<SpoolLock> {
    const lock = await waitForLock(this.#files, NAMES.checkpointLock, LOCK_PATIENCE_MS);
    if (lock !== null) return lock;
    const sentence = `another process holds ${this.#files.path}/${NAMES.checkpointLock} and does not go on; end it`;
    throw new ConntrailError('CONNTRAIL_BEHIND', sentence);
  }
}

/** The lock, as soon as it is free; null when it is not for so long. */
export async function waitForLock(files: SpoolFiles, name: string, patienceMs: number): Promise<SpoolLock | null> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const lock = await files.lock(name);
    if (lock !== null || performance.now() >= until) return lock;
    await sleep(LOCK_STEP_MS);
  }
}

async function slotsOf(file: SpoolFile): Promise<Slots> {
  const [a, b] = [
    decodeCheckpoint(await file.read(0, SLOT_BYTES)),
    decodeCheckpoint(await file.read(SLOT_BYTES, SLOT_BYTES)),
  ];
  if (a !== null && (b === null || a.generation > b.generation)) return { newest: a, spare: 1 };
  return { newest: b, spare: 0 };
}

/** How many slots hold something that is no checkpoint. */
export async function damagedSlots(files: SpoolFiles): Promise<number> {
  const bytes = await readWhole(files, NAMES.checkpoint, 2 * SLOT_BYTES);
  if (bytes === null || bytes.length < 2 * SLOT_BYTES) return 2;
  const slots = [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)];
  return slots.filter((slot) => decodeCheckpoint(slot) === null && slot.some((byte) => byte !== 0)).length;
}
