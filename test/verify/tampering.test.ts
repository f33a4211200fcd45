import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DirectorySink } from '../../src/sinks/directory/directory-sink.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { verify } from '../../src/verify/verify.js';
import { HEADER, temporaryFolder } from '../recording/helpers.js';
import { session } from '../recording/session.js';
import { CollectingSink } from '../sinks/collecting-sink.js';
import { connectionPipeline } from '../support/connection-pipeline.js';

/** Runs one after another into one directory, every block a file of its own. */
async function runs(count: number, bootId = HEADER.boot_id): Promise<string> {
  const directory = join(temporaryFolder(), 'out');
  for (let i = 0; i < count; i++) await run(directory, { bootId });
  return directory;
}

async function run(directory: string, { bootId = HEADER.boot_id, final = true } = {}): Promise<void> {
  const sink = await DirectorySink.open(directory, { codec: 'null', rotateSize: 1, rotateEvery: 1e9 });
  const clients = [{ name: 'test', writer: sink }];
  const pipeline = connectionPipeline({ host: HEADER.host, bootId, maxConnections: 1024, clients });
  for (const frame of session({ intervals: 3, perInterval: 5, final })) pipeline.push(frame);
  pipeline.close();
  await sink.finish();
}

/** Container files of a series in the order of their names. */
function files(directory: string, series: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith(series) && name.endsWith('.avro'))
    .sort();
}

/** Changes an address in a container: the same number of bytes. */
function editAddress(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('127.0.0.2');
  expect(at).toBeGreaterThan(0);
  bytes.write('127.0.0.9', at);
  writeFileSync(path, bytes);
}

/** Writes the checksums that the file's own writer would have written: one line of all of it. */
function recompute(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(`${path}.crc32`, `${crc32(bytes).toString(16).padStart(8, '0')} ${bytes.byteLength}\n`);
}

/** The name that a file of another year has. */
function earlier(name: string): string {
  return name.replace(/-\d{4}/, '-2001');
}

async function faults(path: string): Promise<string[]> {
  return (await verify(path)).faults;
}

test('several runs, untouched, also one whose end is missing', async () => {
  const directory = await runs(3);
  expect(await faults(directory)).toEqual([]);
  await run(directory, { final: false });
  expect(await faults(directory)).toEqual([expect.stringMatching(/^run .*: no final ledger/)]);
});

test('two runs at a time, and one after them', async () => {
  const directory = await runs(1);
  await Promise.all([run(directory), run(directory)]);
  await run(directory);
  expect(await faults(directory)).toEqual([]);
  const at = files(directory, 'connection').findLast((name) => name.endsWith('-000001.avro'))!;
  const header = readFileSync(join(directory, at), 'latin1');
  const previous = JSON.parse(/\[\{"run":.*?\}\}\]/.exec(header)![0]) as { last: object }[];
  expect(previous).toHaveLength(2);
  for (const { last } of previous) expect(Object.keys(last)).toEqual(expect.arrayContaining(['connection', 'ledger']));
});

describe('checksums', () => {
  test('deleted, and an address changed', async () => {
    const directory = await runs(1);
    const path = join(directory, files(directory, 'connection')[2]!);
    editAddress(path);
    unlinkSync(`${path}.crc32`);
    expect((await faults(directory))[0]).toMatch(/^connection-.* has no checksums: there is no file .*\.crc32$/);
    expect((await faults(path))[0]).toMatch(/ has no checksums: /);
  });

  test('all deleted', async () => {
    const directory = await runs(2);
    const sums = readdirSync(directory).filter((name) => name.endsWith('.crc32'));
    for (const name of sums) unlinkSync(join(directory, name));
    expect(await faults(directory)).toHaveLength(sums.length);
  });

  test('computed again for another content: the next file knows better, or the next run', async () => {
    const directory = await runs(2);
    const names = files(directory, 'connection');
    for (const at of [0, 2]) {
      const path = join(directory, names[at]!);
      const before = readFileSync(path);
      editAddress(path);
      recompute(path);
      const by = at === 0 ? names[1] : 'run [-0-9a-f]{36}';
      expect((await faults(directory))[0]).toMatch(
        new RegExp(`^${names[at]} is damaged: .* not those that ${by} tells of$`),
      );
      writeFileSync(path, before);
      recompute(path);
    }
    expect(await faults(directory)).toEqual([]);
  });

  test('of a file that is gone', async () => {
    const directory = await runs(1);
    const name = files(directory, 'ledger')[2]!;
    unlinkSync(join(directory, name));
    expect(await faults(directory)).toContain(`${name} is missing: its checksums are there`);
  });
});

describe('a checksum file of another size', () => {
  test('without end, and empty', async () => {
    const directory = await runs(1);
    const name = files(directory, 'connection')[2]!;
    truncateSync(join(directory, `${name}.crc32`), 2 ** 40);
    expect((await faults(directory))[0]).toMatch(/line \d+ of its checksum file is no checksum$/);
    truncateSync(join(directory, `${name}.crc32`), 0);
    expect((await faults(directory))[0]).toMatch(/ was cut short: its last \d+ bytes have no checksum$/);
  });
});

describe('names', () => {
  const move = (directory: string, from: string, to: string) => {
    renameSync(join(directory, from), join(directory, to));
    renameSync(join(directory, `${from}.crc32`), join(directory, `${to}.crc32`));
  };

  test("another series' name", async () => {
    const directory = await runs(1);
    const name = files(directory, 'ledger')[2]!;
    const other = name.replace('ledger', 'connection').replace('000003', '000004');
    move(directory, name, other);
    const found = await faults(directory);
    expect(found).toContain(`${other} was written as "${name}"`);
    expect(found).toContain(`${other} holds ledger records`);
  });

  test('another number, and another time', async () => {
    for (const change of [(name: string) => name.replace('000003', '000004'), earlier]) {
      const directory = await runs(1);
      const name = files(directory, 'connection')[2]!;
      move(directory, name, change(name));
      expect((await faults(directory))[0]).toBe(`${change(name)} was written as "${name}"`);
    }
  });

  test('a copy', async () => {
    const directory = await runs(1);
    const name = files(directory, 'connection')[1]!;
    const copy = earlier(name);
    for (const suffix of ['', '.crc32']) copyFileSync(join(directory, name + suffix), join(directory, copy + suffix));
    expect(await faults(directory)).toContain(`${name} is another connection file 2`);
  });
});

describe('what is no file', () => {
  test.each(['connection-20261120T081203.123Z-000009.avro', 'X.crc32'])('a pipe named %s', async (name) => {
    const directory = await runs(1);
    const real = files(directory, 'connection')[0]!;
    const path = join(directory, name === 'X.crc32' ? `${real}.crc32` : name);
    if (name === 'X.crc32') unlinkSync(path);
    execFileSync('mkfifo', [path]);
    const found = await faults(directory);
    expect(found[0]).toMatch(/ is a pipe: conntrail did not write it$/);
    if (name === 'X.crc32') expect(found[1]).toMatch(/ has no checksums: /);
  });

  test('a socket, a link, a directory', async () => {
    const directory = await runs(1);
    const path = (n: number) => join(directory, `ledger-20261120T081203.123Z-00000${n}.avro`);
    const server = createServer().listen(path(7));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    symlinkSync('/etc/hostname', path(8));
    mkdirSync(path(9));
    const found = await faults(directory);
    expect(found.slice(0, 3).map((fault) => fault.split(' ').slice(1).join(' '))).toEqual([
      'is a socket: conntrail did not write it',
      'is a link: conntrail did not write it',
      'is a directory: conntrail did not write it',
    ]);
    await expect(verify(path(7))).rejects.toMatchObject({ code: 'CONNTRAIL_IO', message: /it is a socket/ });
  });

  test('a device', async () => {
    await expect(verify('/dev/zero')).rejects.toMatchObject({ code: 'CONNTRAIL_IO', message: /it is a device/ });
  });
});

describe('runs', () => {
  const remove = (directory: string, names: string[]) => {
    for (const name of names) for (const suffix of ['', '.crc32']) unlinkSync(join(directory, name + suffix));
  };

  test('one removed: the one after it misses it', async () => {
    const directory = await runs(3);
    const series = ['connection', 'ledger', 'output'].map((name) => files(directory, name));
    for (const at of [0, 3]) {
      const names = series.flatMap((each) => each.slice(at, at + 3));
      const kept = names
        .flatMap((name) => [name, `${name}.crc32`])
        .map((name) => [name, readFileSync(join(directory, name))] as const);
      remove(directory, names);
      expect((await faults(directory))[0]).toMatch(/^run \S{36} is missing: run \S{36} came after it$/);
      for (const [name, bytes] of kept) writeFileSync(join(directory, name), bytes);
    }
    expect(await faults(directory)).toEqual([]);
  });

  test('one whose last files are gone', async () => {
    const directory = await runs(2);
    remove(directory, [files(directory, 'ledger')[2]!, files(directory, 'connection')[2]!]);
    const found = (await faults(directory)).slice(0, 2).sort((a) => (a.includes('connection') ? -1 : 1));
    expect(found[0]).toMatch(/^run \S{36}: connection file 3 is missing: run \S{36} came after it$/);
    expect(found[1]).toMatch(/^run \S{36}: ledger file 3 is missing: run \S{36} came after it$/);
  });

  test('a run that cannot read what is there begins all the same', async () => {
    const directory = await runs(1);
    const name = files(directory, 'connection')[0]!;
    writeFileSync(join(directory, name), 'x');
    chmodSync(join(directory, files(directory, 'ledger')[0]!), 0);
    await run(directory);
    expect(await faults(directory)).not.toEqual([]);
  });
});

test('of many runs, each names the one before', async () => {
  const directory = await runs(20);
  expect(await faults(directory)).toEqual([]);
  for (const name of files(directory, 'ledger').slice(15, 18)) unlinkSync(join(directory, name));
  expect(
    (await faults(directory)).some((fault) => /ledger file 3 is missing: run \S+ came after it$/.test(fault)),
  ).toBe(true);
});

describe('host and boot id', () => {
  test('of one file', async () => {
    const directory = await runs(1);
    const path = join(directory, files(directory, 'ledger')[2]!);
    const bytes = readFileSync(path);
    // In the header only, then in the record only.
    for (const at of [bytes.indexOf(HEADER.boot_id), bytes.lastIndexOf(HEADER.boot_id)]) {
      const copy = Buffer.from(bytes);
      copy.write('1', at);
      writeFileSync(path, copy);
      recompute(path);
      expect((await faults(directory)).some((fault) => /another host,? (?:or )?boot/.test(fault))).toBe(true);
    }
  });

  test('of one line', async () => {
    const sink = new CollectingSink();
    const pipeline = connectionPipeline({
      host: HEADER.host,
      bootId: HEADER.boot_id,
      run: HEADER.run,
      maxConnections: 1024,
      clients: [{ name: 'test', writer: new NdjsonWriter(sink) }],
    });
    for (const frame of session({ intervals: 3, perInterval: 5 })) pipeline.push(frame);
    pipeline.close();
    const path = join(temporaryFolder(), 'a.ndjson');
    const lines = sink.text.split('\n');
    for (const [at, record] of [
      [3, 'connection'],
      [lines.length - 2, 'ledger'],
    ] as const) {
      writeFileSync(path, lines.with(at, lines[at]!.replace('testhost', 'resthost')).join('\n'));
      expect(await faults(path)).toEqual([
        expect.stringMatching(`^${record} seq \\d+ is of another host, boot or run`),
      ]);
    }
  });
});
