/** An output directory that is moved, replaced or removed under a run, and one that is not safe to begin with. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type DirectoryOptions, DirectorySink } from '../../src/sinks/directory/directory-sink.js';
import { verify } from '../../src/verify/verify.js';
import { temporaryFolder } from '../recording/helpers.js';
import { connectionLedger } from '../support/ledgers.js';
import { need } from '../support/require.js';
import { connectionsTo, source } from './sources.js';

const OPTIONS: DirectoryOptions = { codec: 'null', rotateSize: 1 << 30, rotateEvery: 3_600_000, accounts: false };
const ROTATING: DirectoryOptions = { ...OPTIONS, rotateSize: 1 };
const MOVED = { code: 'CONNTRAIL_OUTPUT_MOVED' };

/** A run whose intervals have one connection each. */
class Run {
  #interval = 0;

  readonly #connection: (record: ReturnType<typeof source>) => void;

  private constructor(readonly sink: DirectorySink) {
    this.#connection = connectionsTo(sink);
  }

  static async open(directory: string, options: DirectoryOptions): Promise<Run> {
    return new Run(await DirectorySink.open(directory, options));
  }

  async interval(): Promise<void> {
    const seq = ++this.#interval;
    this.#connection(source({ cookie: seq }, seq));
    this.sink.ledger(connectionLedger(seq, seq, seq));
    await this.sink.idle();
  }
}

/** Names in a directory, without their times. */
function names(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.avro'))
    .map((name) => name.replace(/-\d{8}T\d{6}\.\d{3}Z/, ''));
}

const bothOf = (number: number): string[] => [`connection-00000${number}.avro`, `ledger-00000${number}.avro`];

describe('under a run', () => {
  test('a renamed directory: told at the end of the interval at the latest, and output goes on in it', async () => {
    const folder = temporaryFolder();
    const run = await Run.open(join(folder, 'out'), ROTATING);
    await run.interval();
    expect(run.sink.errors).toEqual([]);
    renameSync(join(folder, 'out'), join(folder, 'kept'));
    await run.interval();
    expect(run.sink.errors[0]).toMatchObject({ ...MOVED, message: expect.stringContaining(join(folder, 'kept')) });
    await run.interval();
    await run.sink.finish();
    expect(readdirSync(folder)).toEqual(['kept']);
    expect(names(join(folder, 'kept')).sort()).toEqual([...bothOf(1), ...bothOf(2), ...bothOf(3)].sort());
    expect([run.sink.written.units, run.sink.refused.units]).toEqual([3, 0]);
  });

  test('a directory that a link replaced: nothing is ever written where that leads', async () => {
    const folder = temporaryFolder();
    const run = await Run.open(join(folder, 'out'), ROTATING);
    await run.interval();
    renameSync(join(folder, 'out'), join(folder, 'kept'));
    mkdirSync(join(folder, 'trap'));
    symlinkSync('trap', join(folder, 'out'));
    await run.interval();
    await run.sink.finish();
    expect(readdirSync(join(folder, 'trap'))).toEqual([]);
    expect(names(join(folder, 'kept'))).toHaveLength(4);
    expect(run.sink.errors[0]).toMatchObject(MOVED);
  });

  test('a link to the very directory is not the directory: told', async () => {
    const folder = temporaryFolder();
    const run = await Run.open(join(folder, 'out'), OPTIONS);
    await run.interval();
    renameSync(join(folder, 'out'), join(folder, 'kept'));
    symlinkSync('kept', join(folder, 'out'));
    await run.interval();
    await run.sink.finish();
    expect(run.sink.errors[0]).toMatchObject(MOVED);
  });

  test('another directory in its place stays empty, and the removed one takes nothing: all of that is dropped, counted', async () => {
    const folder = temporaryFolder();
    const run = await Run.open(join(folder, 'out'), OPTIONS);
    await run.interval();
    rmSync(join(folder, 'out'), { recursive: true });
    mkdirSync(join(folder, 'out'));
    await run.interval();
    expect(run.sink.errors[0]).toMatchObject({
      ...MOVED,
      message: expect.stringMatching(/out was removed during the run/),
    });
    await run.interval();
    await run.sink.finish();
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
    expect([run.sink.written.units, run.sink.refused.units]).toEqual([1, 2]);
  });

  test('a file that was removed takes nothing more, and another follows it', async () => {
    const directory = join(temporaryFolder(), 'out');
    const run = await Run.open(directory, OPTIONS);
    await run.interval();
    const [first] = readdirSync(directory);
    unlinkSync(join(directory, first!));
    await run.interval();
    await run.interval();
    await run.sink.finish();
    expect(run.sink.errors[0]).toMatchObject({ ...MOVED, message: expect.stringContaining(first!) });
    expect([run.sink.written.units, run.sink.refused.units]).toEqual([2, 1]);
    expect(names(directory)).toEqual(['connection-000002.avro', 'ledger-000001.avro']);
  });

  test('a file that was removed is followed by another, though the directory does not say when it changed', async () => {
    const folder = temporaryFolder();
    const directory = join(folder, 'out');
    const reference = join(folder, 'reference');
    const run = await Run.open(directory, OPTIONS);
    await run.interval();
    execFileSync('touch', ['-r', directory, reference]);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 10_000);
    onTestFinished(() => clock.mockRestore());
    await run.interval();
    unlinkSync(join(directory, readdirSync(directory).find((name) => /^connection.*avro$/.test(name))!));
    execFileSync('touch', ['-r', reference, directory]);
    await run.interval();
    await run.interval();
    await run.sink.finish();
    expect(run.sink.errors[0]).toMatchObject(MOVED);
    expect([run.sink.written.units, run.sink.refused.units]).toEqual([3, 1]);
    expect(names(directory)).toContain('connection-000002.avro');
  });

  test('a file whose checksums were removed is followed by another, which has some; its blocks are there', async () => {
    const directory = join(temporaryFolder(), 'out');
    const run = await Run.open(directory, OPTIONS);
    await run.interval();
    const sums = readdirSync(directory).find((name) => /^connection.*crc32$/.test(name))!;
    unlinkSync(join(directory, sums));
    await run.interval();
    await run.interval();
    await run.sink.finish();
    expect(run.sink.errors[0]).toMatchObject({ ...MOVED, message: expect.stringContaining(`${sums} was removed`) });
    expect([run.sink.written.units, run.sink.refused.units]).toEqual([3, 0]);
    expect(names(directory)).toEqual(['connection-000001.avro', 'connection-000002.avro', 'ledger-000001.avro']);
    expect((await verify(directory)).records).toBe(3);
  });

  test.each(['.avro', '.avro.crc32'])(
    'a file whose %s was moved away is followed by another; both can be read',
    async (end) => {
      const folder = temporaryFolder();
      const directory = join(folder, 'out');
      const run = await Run.open(directory, OPTIONS);
      await run.interval();
      const first = readdirSync(directory).find((name) => name.startsWith('connection') && name.endsWith(end))!;
      renameSync(join(directory, first), join(folder, first));
      await run.interval();
      await run.interval();
      await run.sink.finish();
      expect(run.sink.errors[0]).toMatchObject({ ...MOVED, message: expect.stringContaining(first) });
      expect([run.sink.written.units, run.sink.refused.units]).toEqual([3, 0]);
      renameSync(join(folder, first), join(directory, first));
      expect(names(directory)).toContain('connection-000002.avro');
      const { faults } = await verify(directory);
      expect(faults.filter((fault) => /checksum|missing|block/.test(fault))).toEqual([]);
    },
  );
});

describe('a directory is refused', () => {
  const FOREIGN = { code: 'CONNTRAIL_OUTPUT_FOREIGN' };

  afterEach(() => vi.unstubAllEnvs());

  test.each(['out', 'out/', 'out//.', 'out/./'])('when it is a link: %s', async (name) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'out'));
    await expect(DirectorySink.open(`${folder}/${name}`, OPTIONS)).rejects.toMatchObject(FOREIGN);
    unlinkSync(join(folder, 'out'));
    symlinkSync('nothing', join(folder, 'out'));
    await expect(DirectorySink.open(`${folder}/${name}`, OPTIONS)).rejects.toMatchObject(FOREIGN);
    expect(readdirSync(folder).sort()).toEqual(['out', 'real']);
  });

  test('but a link on the way to it is a path like any other', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'way'));
    const run = await Run.open(join(folder, 'way/out/'), OPTIONS);
    await run.interval();
    await run.sink.finish();
    expect(run.sink.errors).toEqual([]);
    expect(names(join(folder, 'real/out'))).toEqual(bothOf(1));
  });

  test('when its group may write to it, unless only to what is their own', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o770);
    await expect(DirectorySink.open(folder, OPTIONS)).rejects.toMatchObject(FOREIGN);
    chmodSync(folder, 0o1770);
    await (await DirectorySink.open(folder, OPTIONS)).finish();
  });

  test("when it is another user's and we are root; root's and the caller of sudo's are not", async (context) => {
    need(context, 'live', process.getuid?.() === 0 ? null : "another user's directory needs root");
    const folder = temporaryFolder();
    chownSync(folder, 1234, 0);
    for (const caller of ['', '4321', 'root', '1234x']) {
      vi.stubEnv('SUDO_UID', caller);
      await expect(DirectorySink.open(folder, OPTIONS)).rejects.toMatchObject(FOREIGN);
    }
    vi.stubEnv('SUDO_UID', '1234');
    await (await DirectorySink.open(folder, OPTIONS)).finish();
  });

  test.each(['fifo', 'directory'])('when a %s has the name of an output file, without waiting for it', async (kind) => {
    const folder = temporaryFolder();
    const name = join(folder, 'ledger-20261120T081203.123Z-000001.avro');
    if (kind === 'fifo') execFileSync('mkfifo', [name]);
    else mkdirSync(name);
    await expect(DirectorySink.open(folder, OPTIONS)).rejects.toMatchObject(FOREIGN);
  });
});
