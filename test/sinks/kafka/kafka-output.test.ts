/** The output as its command sees it: a real spool, and a scripted process in the place of the one that sends. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { KafkaOutput, type KafkaSpool } from '../../../src/sinks/kafka/kafka-output.js';
import { kafkaTarget } from '../../../src/sinks/kafka/kafka-target.js';
import type { SpoolWriter } from '../../../src/spool/spool-writer.js';
import { OTHER, ROW, rowsTo } from '../../spool/rows.js';
import { emptyLedger } from '../../support/ledger-record.js';

const sender = new URL('./senders/scripted.mjs', import.meta.url);
const KAFKA = 'kafka://b:9092/';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conntrail-output-'));
  return () => rmSync(folder, { recursive: true });
});

async function open(script: string, spool: KafkaSpool) {
  const told: string[] = [];
  const target = kafkaTarget(KAFKA + script, { registry: { url: 'http://r' } }, 'it');
  const tell = ({ sentence }: { sentence: string }) => void told.push(sentence);
  const output = await KafkaOutput.open({ target, spool, host: 'h', accounts: true, tell, sender });
  return { output, told };
}

/** Ten rows of two types, 15 units, and a ledger record. */
async function run(output: KafkaOutput): Promise<void> {
  const row = rowsTo(output.writer as SpoolWriter);
  for (let id = 0; id < 10; id++) row(id);
  output.writer.ledger({ ...emptyLedger('h', 'b'), seq: 1, final: true });
  await output.idle();
}

const inMemory = () => readdirSync('/dev/shm').filter((name) => name.startsWith(`conntrail-${process.pid}-`));

test('on disk, what waits is written and no error', async () => {
  const directory = join(folder, 'spool');
  const { output, told } = await open('works', { directory });
  await run(output);
  await output.finish();
  expect(output.errors).toEqual([]);
  expect([output.written.units, output.refused.records]).toEqual([15, 0]);
  expect(output.summary()).toBe(
    `${KAFKA}works: 0 acknowledged, 12 wait in the spool ${directory}, 0 dead-lettered, 0 expired, 0 dropped`,
  );
  expect(told).toEqual([]);
  expect(existsSync(directory)).toBe(true);
});

test('in memory, what did not arrive is refused to the record, and its place is gone', async () => {
  const { output } = await open('works', {});
  expect(inMemory()).toHaveLength(1);
  await run(output);
  expect(output.refused.records).toBe(0);
  await output.finish();
  expect(inMemory()).toEqual([]);
  expect([output.written.records, output.refused.units]).toEqual([0, 15]);
  expect([output.refused.of(ROW), output.refused.of(OTHER)]).toEqual([
    { records: 5, units: 5 },
    { records: 5, units: 10 },
  ]);
  expect(output.errors).toMatchObject([{ code: 'CONNTRAIL_BEHIND' }]);
  expect(output.errors[0]!.message).toBe(
    `12 records were not acknowledged by ${KAFKA}works and are lost with the spool in memory; name one on disk (--spool DIR)`,
  );
});

test.each([true, false])('given up at once: no process and no memory is left (on disk: %s)', async (disk) => {
  const directory = join(folder, 'spool');
  const { output } = await open('hangs', disk ? { directory } : {});
  await run(output);
  output.abandon();
  expect(output.refused.units).toBe(disk ? 0 : 15);
  expect(output.fate.waiting).toBe(12);
  expect(inMemory()).toEqual([]);
});

test('an end that cannot wait for the sender leaves what is in the spool there, and is no failure', async () => {
  const directory = join(folder, 'spool');
  const { output } = await open('hangs', { directory });
  await run(output);
  const finished = output.finish();
  await new Promise((resolve) => setTimeout(resolve, 100));
  output.abandon();
  await finished;
  expect([output.written.units, output.refused.records, output.fate.waiting]).toEqual([15, 0, 12]);
  expect(output.errors).toEqual([]);
});

test('what expires is refused, and an error of the run', async () => {
  const directory = join(folder, 'spool');
  const { output } = await open('works', { directory, size: 1 << 20 });
  const row = rowsTo(output.writer as SpoolWriter);
  for (let id = 0; id < 3000; id++) {
    row(id, 1000);
    if (id % 100 === 99) await output.idle();
  }
  await output.finish();
  const { expired, waiting, dropped } = output.fate;
  expect(expired).toBeGreaterThan(1500);
  expect([expired + waiting, dropped]).toEqual([3000, 0]);
  expect(output.refused.records).toBe(expired);
  expect(output.written.records).toBe(waiting);
  expect(output.errors).toMatchObject([{ code: 'CONNTRAIL_BEHIND' }]);
  expect(output.errors[0]!.message).toContain(`${expired} records expired in the spool ${directory} before`);
});

test('what the sender cannot work without is the error, and nothing is left', async () => {
  await expect(open('fatal', {})).rejects.toMatchObject({ code: 'CONNTRAIL_KAFKA_CLIENT' });
  expect(inMemory()).toEqual([]);
  // The spool on disk is free for the next run.
  const directory = join(folder, 'spool');
  await expect(open('fatal', { directory })).rejects.toMatchObject({ code: 'CONNTRAIL_KAFKA_CLIENT' });
  rmSync(join(directory, 'times'));
  const { output } = await open('works', { directory });
  await expect(open('works', { directory })).rejects.toMatchObject({ code: 'CONNTRAIL_OUTPUT_EXISTS' });
  await output.discard();
  await expect(open('works', { directory, size: 1 })).rejects.toMatchObject({ code: 'CONNTRAIL_OPTION' });
});

test('troubles are told, and change nothing', async () => {
  const { output, told } = await open('trouble', { directory: join(folder, 'spool') });
  await run(output);
  await output.finish();
  expect(told).toEqual(['nobody there', `sending to ${KAFKA}trouble goes on`]);
  expect(output.errors).toEqual([]);
});
