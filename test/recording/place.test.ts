/** The place of a recording: what may be there before it, and what becomes of it meanwhile. */
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CORE_KIND } from '../../src/frames/layout.gen.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { need } from '../support/require.js';
import { HEADER, readAll, temporaryFolder, viewOf } from './helpers.js';

const MOVED = { code: 'CONNTRAIL_OUTPUT_MOVED' };

/** One interval: a frame that closes a block, written. */
async function interval(writer: RecordingWriter): Promise<void> {
  writer.frame(viewOf({ kind: CORE_KIND.flush, source: 0, seq: 0, fresh: 0, payload: new Uint8Array(64) }));
  while (writer.backlog > 0) await new Promise(setImmediate);
}

/** Until a look at its place has come to an end. */
async function until(told: () => unknown): Promise<void> {
  while (told() === null) await new Promise(setImmediate);
}

describe('what has the name already is not touched', () => {
  test.for(['file', 'link', 'dangling link', 'directory', 'fifo', 'device'])('a %s', async (kind, context) => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.ctr');
    writeFileSync(join(folder, 'other'), 'other');
    if (kind === 'file') writeFileSync(path, 'mine');
    else if (kind === 'link') symlinkSync('other', path);
    else if (kind === 'dangling link') symlinkSync('nothing', path);
    else if (kind === 'directory') mkdirSync(path);
    else if (kind === 'fifo') execFileSync('mkfifo', [path]);
    else {
      need(context, 'live', process.getuid?.() === 0 ? null : 'making a device needs root');
      execFileSync('mknod', [path, 'c', '1', '3']);
    }
    await expect(RecordingWriter.create(path, HEADER)).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_EXISTS' });
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('other');
    expect(readdirSync(folder).sort()).toEqual(['a.ctr', 'other']);
  });
});

test.each(['nowhere/a.ctr', 'file/a.ctr', 'new/', ''])('it is told when there can be no file %j', async (name) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const created = RecordingWriter.create(name === '' ? '' : `${folder}/${name}`, HEADER);
  await expect(created).rejects.toMatchObject({ code: expect.stringMatching(/^CONNTRAIL_(IO|OUTPUT_EXISTS)$/) });
  expect(readdirSync(folder)).toEqual(['file']);
});

test('its folder may be a link, and is the same folder all the time', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'real'));
  symlinkSync('real', join(folder, 'way'));
  const writer = await RecordingWriter.create(join(folder, 'way/a.ctr'), HEADER);
  await interval(writer);
  await writer.close();
  expect(writer.misplaced).toBeNull();
  expect((await readAll(join(folder, 'real/a.ctr'))).reader.complete).toBe(true);
});

describe('meanwhile', () => {
  test.each(['its folder', 'the file'])('%s is renamed: told within the interval; it goes on, whole', async (what) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'sub'));
    const writer = await RecordingWriter.create(join(folder, 'sub/a.ctr'), HEADER);
    await interval(writer);
    const [from, to] = what === 'the file' ? ['sub/a.ctr', 'sub/b.ctr'] : ['sub', 'kept'];
    renameSync(join(folder, from), join(folder, to));
    await interval(writer);
    await until(() => writer.misplaced);
    expect(writer.error).toBeNull();
    await interval(writer);
    await expect(writer.close()).rejects.toMatchObject(MOVED);
    const { frames, reader } = await readAll(join(folder, what === 'the file' ? to : 'kept/a.ctr'));
    expect([frames.length, reader.complete]).toEqual([3, true]);
  });

  test('a link takes the place of its folder: nothing is written where that leads, and nothing there is removed', async () => {
    const folder = temporaryFolder();
    for (const name of ['sub', 'trap']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'trap/a.ctr'), 'not ours');
    const writer = await RecordingWriter.create(join(folder, 'sub/a.ctr'), HEADER);
    renameSync(join(folder, 'sub'), join(folder, 'kept'));
    symlinkSync('trap', join(folder, 'sub'));
    await writer.discard();
    expect(readFileSync(join(folder, 'trap/a.ctr'), 'utf8')).toBe('not ours');
    expect(readdirSync(join(folder, 'kept'))).toEqual([]);
  });

  test('the file is removed: the recording ends, told', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.ctr');
    const writer = await RecordingWriter.create(path, HEADER);
    await interval(writer);
    rmSync(path);
    await interval(writer);
    expect(writer.error).toMatchObject({ ...MOVED, message: expect.stringContaining('a.ctr was removed') });
    await expect(writer.close()).rejects.toMatchObject(MOVED);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('another file has taken its name: it is not removed with a recording that is discarded', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.ctr');
    const writer = await RecordingWriter.create(path, HEADER);
    linkSync(path, join(folder, 'kept'));
    rmSync(path);
    writeFileSync(path, 'not ours');
    await interval(writer);
    await until(() => writer.misplaced);
    await writer.discard();
    expect(readFileSync(path, 'utf8')).toBe('not ours');
  });
});
