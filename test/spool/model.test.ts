/** A spool beside a model of it: whatever is done, in whatever order, its accounts close and nothing accepted is lost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spoolBreach } from '../../src/spool/spool-account.js';
import type { SpoolBlock } from '../../src/spool/spool-block.js';
import type { SpoolPolicy } from '../../src/spool/spool-options.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { surveySpool } from '../../src/spool/survey.js';
import { idsOf, OTHER, ROW, rowsTo } from './rows.js';
import { errno, SimDisk, SimFiles } from './sim-files.js';

/** What the world outside knows. */
interface Model {
  policy: SpoolPolicy;
  /** Ids handed over. */
  given: number;
  /** Ids a sink has, and how often. */
  delivered: Map<number, number>;
  /** Ids with an outcome that is on the disk. */
  settled: Set<number>;
  acked: Set<number>;
  crashes: number;
  dropped: number;
}

class Spool {
  disk = new SimDisk();
  writer!: SpoolWriter;
  reader!: SpoolReader;
  blocks: { block: SpoolBlock; ids: number[] }[] = [];
  failing: 'sync' | 'write' | null = null;

  async open({ policy }: Pick<Model, 'policy'>): Promise<void> {
    this.disk.before = (operation, name) => {
      if (operation === this.failing && name.endsWith('.spool')) {
        this.failing = null;
        throw errno('EIO');
      }
    };
    this.writer = await SpoolWriter.on(new SimFiles(this.disk), {
      policy,
      size: 1 << 20,
      age: Infinity,
      segmentBytes: 30_000,
    });
    this.reader = await SpoolReader.on(new SimFiles(this.disk), { follow: false });
    this.blocks = [];
  }

  /** I6 and I7, now. */
  async check(model: Model): Promise<void> {
    const { account } = this.writer;
    for (const type of [ROW, OTHER]) expect(account.waiting(type)).toEqual({ records: 0, units: 0 });
    const survey = await surveySpool(new SimFiles(this.disk));
    const { checkpoint, resident, lost, next, damage } = survey;
    expect(next).toBe(this.writer.next);
    expect(spoolBreach(checkpoint!, { counts: resident, damaged: lost }, next)).toBeNull();
    expect(damage).toEqual([]);
    expect(checkpoint!.damaged).toBe(0);
    if (model.crashes === 0) expect(account.spooled.records).toBe(next - 1);
  }
}

type Command = fc.AsyncCommand<Model, Spool>;

function command(name: string, run: (model: Model, spool: Spool) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

const append = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(10, 3000, 15_000)).map(([count, bytes]) =>
  command(`append ${count} × ${bytes}`, async (model, spool) => {
    const row = rowsTo(spool.writer);
    for (let i = 0; i < count; i++) row(model.given++, bytes);
    await spool.writer.idle();
    await spool.check(model);
  }),
);
const unencodable = fc.constant(
  command('a row that cannot be encoded', async (model, spool) => {
    expect(() => rowsTo(spool.writer)(0, -1)).toThrow(RangeError);
    await spool.writer.idle();
    await spool.check(model);
  }),
);
const read = fc.constant(
  command('read', async (model, spool) => {
    const block = await spool.reader.next();
    if (block === null) return;
    const ids = idsOf(block);
    for (const id of ids) {
      // Only what has no outcome on the disk comes again, and that only behind a crash.
      expect(model.settled.has(id)).toBe(false);
      model.delivered.set(id, (model.delivered.get(id) ?? 0) + 1);
      expect(model.delivered.get(id)).toBeLessThanOrEqual(1 + model.crashes);
    }
    spool.blocks.push({ block, ids });
  }),
);
const settle = fc.tuple(fc.nat(), fc.boolean(), fc.boolean()).map(([which, dead, commit]) =>
  command(`settle ${which} ${dead} ${commit}`, async (model, spool) => {
    const { blocks } = spool;
    if (blocks.length > 0) {
      const { block, ids } = blocks.splice(which % blocks.length, 1)[0]!;
      spool.reader.settle(block.first, block.count, dead ? 'dead_lettered' : 'acked');
      for (const id of ids) model.acked.add(id);
    }
    if (!commit) return;
    await spool.reader.commit();
    const open = new Set(spool.blocks.flatMap(({ ids }) => ids));
    const least = Math.min(...open, Infinity);
    for (const id of model.acked) if (id < least) model.settled.add(id);
    await spool.check(model);
  }),
);
const restart = fc.boolean().map((kill) =>
  command(kill ? 'kill' : 'restart', async (model, spool) => {
    model.crashes++;
    // A disk that fails while it is opened is an error, and told.
    spool.failing = null;
    if (kill) {
      const { disk } = spool;
      spool.disk = disk.killed();
      disk.dead = true;
      spool.writer.abandon();
    }
    await spool.reader.close().catch(() => {});
    await spool.writer.finish();
    await spool.open(model);
    await spool.check(model);
  }),
);
const full = fc.boolean().map((full) =>
  command(full ? 'disk full' : 'disk free', async (_, spool) => {
    spool.disk.capacity = full ? spool.disk.used + 2_000 : Infinity;
  }),
);
const fails = fc.constantFrom('sync' as const, 'write' as const).map((what) =>
  command(`${what} fails once`, async (_, spool) => {
    spool.failing = what;
  }),
);

test.each(['oldest', 'newest'] as const)('policy %s', { timeout: 900_000 }, async (policy) => {
  const commands = fc.commands([append, append, append, unencodable, read, read, settle, restart, full, fails], {
    maxCommands: 40,
  });
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const spool = new Spool();
      const setup = async () => {
        await spool.open({ policy });
        const sets = { settled: new Set<number>(), acked: new Set<number>() };
        return { model: { policy, given: 0, delivered: new Map(), crashes: 0, dropped: 0, ...sets }, real: spool };
      };
      await fc.asyncModelRun(setup, list);
      spool.disk.capacity = Infinity;
      // All that is left comes, once.
      const { checkpoint, resident } = await surveySpool(new SimFiles(spool.disk));
      expect(resident.records).toBe(spool.writer.next - checkpoint!.lowest);
      await spool.reader.close();
      await spool.writer.finish();
    }),
    { numRuns: 150 },
  );
});
