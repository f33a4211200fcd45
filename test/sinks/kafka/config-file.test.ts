import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readKafkaConfig } from '../../../src/sinks/kafka/config-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conntrail-kafka-'));
  return () => rmSync(folder, { recursive: true });
});

function file(text: string): string {
  const path = join(folder, 'k.json');
  writeFileSync(path, text);
  return path;
}

test('files stand beside it, unless they are named in full; nothing else is changed', async () => {
  const text = { registry: { url: 'u', caFile: 'ca.pem' }, sasl: { passwordFile: '/etc/p', user: 'File' }, extra: {} };
  expect(await readKafkaConfig(file(JSON.stringify(text)))).toEqual({
    registry: { url: 'u', caFile: join(folder, 'ca.pem') },
    sasl: { passwordFile: '/etc/p', user: 'File' },
    extra: {},
  });
});

test('what is no JSON is told by its line, and not repeated', async () => {
  const read = readKafkaConfig(file('{\n  "password": "hunter2"\n  "x": 1\n}'));
  await expect(read).rejects.toMatchObject({ code: 'CONNTRAIL_OPTION' });
  await expect(read).rejects.toThrow(/k\.json is no JSON \(line 3\): correct it\.$/);
  await expect(readKafkaConfig(file('hunter2'))).rejects.not.toThrow(/hunter2/);
});

test('what is none is refused', async () => {
  await expect(readKafkaConfig(join(folder, 'absent'))).rejects.toMatchObject({ code: 'CONNTRAIL_IO' });
  mkdirSync(join(folder, 'folder'));
  await expect(readKafkaConfig(join(folder, 'folder'))).rejects.toThrow(/is a directory, not a file/);
  await expect(readKafkaConfig(file(' '.repeat((1 << 20) + 1)))).rejects.toThrow(/larger than 1 MiB/);
});
