/** Every state that a power cut may leave, at every operation of a run: what was accepted is there, once, and nothing else is lost or told to be. */
import { expect, test } from 'vitest';
import { spoolBreach } from '../../src/spool/spool-account.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { TypeCounts } from '../../src/spool/type-counts.js';
import { random } from './random.js';
import { drain, rowsTo } from './rows.js';
import { PowerCut, SimDisk, SimFiles } from './sim-files.js';

const OPTIONS = { policy: 'newest', size: 8 << 20, age: Infinity, segmentBytes: 12_000 } as const;

/** What is known of the run when its power was cut. Row `id` has seq `id + 1`: nothing was dropped. */
interface Known {
  given: number;
  accepted: number;
  /** Highest seq that an outcome was told for, and the lowest open one that is on the disk. */
  told: number;
  committed: number;
}

async function run(disk: SimDisk, known: Known): Promise<void> {
  const files = () => new SimFiles(disk);
  let writer = await SpoolWriter.on(files(), OPTIONS);
  const reader = await SpoolReader.on(files(), { follow: false });
  try {
    for (let round = 0; round < 14; round++) {
      const row = rowsTo(writer);
      for (let i = 0; i < 5; i++) {
        row(known.given++, round % 3 === 0 ? 900 : 40);
        if (i === 2) writer.push();
      }
      await writer.idle();
      known.accepted = writer.next - 1;
      if (round % 3 === 1) {
        const block = await reader.next();
        if (block !== null) {
          known.told = block.first + block.count - 1 - (round & 1);
          reader.ack(block.first, block.count - (round & 1));
          if ((round & 1) === 1) reader.settle(known.told + 1, 1, 'dead_lettered');
          known.told = block.first + block.count - 1;
          await reader.commit();
        }
      }
      if (round === 6 || round === 10) {
        await writer.finish();
        writer = await SpoolWriter.on(files(), OPTIONS);
      }
    }
    await reader.close();
    await writer.finish();
  } finally {
    known.accepted = Math.max(known.accepted, writer.next - 1);
    known.committed = reader.checkpoint.lowest;
    writer.abandon();
    await reader.close().catch(() => {});
    await writer.finish().catch(() => {});
  }
}

/** Recovers, goes on, reads all. */
async function judge(disk: SimDisk, known: Known): Promise<void> {
  const writer = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  const row = rowsTo(writer);
  for (let i = 0; i < 3; i++) row(1_000_000 + i);
  await writer.idle();
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  const ids = await drain(reader);
  await reader.commit();
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.slice(-3)).toEqual([1_000_000, 1_000_001, 1_000_002]);
  const old = ids.slice(0, -3);
  expect(old).toEqual([...old].sort((a, b) => a - b));
  const due = Array.from({ length: known.accepted }, (_, id) => id).filter((id) => id >= known.told);
  const have = new Set(old);
  expect(due.filter((id) => !have.has(id))).toEqual([]);
  // Settled, and that on the disk: not again. Not settled, or not on the disk: at most once more.
  expect(old.filter((id) => id + 1 < known.committed || id >= known.given)).toEqual([]);
  const { checkpoint } = reader;
  expect(spoolBreach(checkpoint, { counts: new TypeCounts(), damaged: 0 }, writer.next)).toBeNull();
  // Only what was never promised may have gone with the power.
  expect(checkpoint.damaged).toBeLessThanOrEqual(known.given - known.accepted);
  expect(checkpoint.forgotten).toBe(0);
  await reader.close();
  await writer.finish();
}

test('power cuts at every operation', { timeout: 600_000 }, async () => {
  let states = 0;
  for (let cut = 0; ; cut++) {
    const disk = new SimDisk();
    disk.before = (_, __, index) => {
      if (index === cut) throw new PowerCut(`at operation ${cut}`);
    };
    const known: Known = { given: 0, accepted: 0, told: 0, committed: 1 };
    await run(disk, known).catch((error: unknown) => {
      if (!disk.dead) throw error;
    });
    const left = [disk.killed(), disk.afterPowerCut(() => 0), disk.afterPowerCut(() => 1)];
    for (let i = 0; i < 8; i++) left.push(disk.afterPowerCut(random(cut * 100 + i)));
    for (const [i, state] of left.entries()) {
      states++;
      await judge(state, known).catch((error: unknown) => {
        throw new Error(`operation ${cut} (after ${disk.log.at(-1)}), state ${i}`, { cause: error });
      });
    }
    if (!disk.dead) break;
  }
  expect(states).toBeGreaterThanOrEqual(2000);
});
