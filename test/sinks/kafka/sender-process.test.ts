/** The process that sends is begun again whenever it dies, and ends when it is told to; real processes, of a scripted module. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { ConntrailError } from '../../../src/errors.js';
import { kafkaTarget } from '../../../src/sinks/kafka/kafka-target.js';
import { SenderProcess } from '../../../src/sinks/kafka/sender-process.js';
import type { SenderNews } from '../../../src/sinks/kafka/sender-protocol.js';

const SCRIPTED = new URL('./senders/scripted.mjs', import.meta.url);

let spool: string;
beforeEach(() => {
  spool = mkdtempSync(join(tmpdir(), 'conntrail-sender-'));
  return () => rmSync(spool, { recursive: true });
});

function sender(script: string, follow = true) {
  const target = kafkaTarget(`kafka://b/${script}`, { registry: { url: 'http://r' } }, 'it');
  const [news, deaths]: [SenderNews[], ConntrailError[]] = [[], []];
  let begun = 0;
  const events = {
    beginning: async () => void begun++,
    news: (each: SenderNews) => void news.push(each),
    died: (error: ConntrailError) => void deaths.push(error),
  };
  const made = new SenderProcess(SCRIPTED, { spool, follow, target, host: 'h' }, events);
  onTestFinished(() => made.kill());
  return { sender: made, news, deaths, begun: () => begun };
}

test('it is told to end, and for how long it may go on', async () => {
  const { sender: process, news, deaths } = sender('works');
  await process.start();
  expect(news).toMatchObject([{ kind: 'counts' }]);
  await process.end(1234);
  expect(readFileSync(join(spool, 'ended'), 'utf8')).toBe('1234');
  expect(deaths).toEqual([]);
  await process.end(1);
});

test('one that does not end is ended', async () => {
  const { sender: process, deaths } = sender('hangs');
  await process.start();
  await process.end(0);
  expect(deaths).toEqual([]);
});

test('one that dies is begun again, with its last words told; after each death later', async () => {
  const { sender: process, deaths, begun } = sender('dies-crashes-works');
  await process.start();
  await vi.waitUntil(() => begun() === 3, { timeout: 30_000 });
  expect(deaths.map(({ code }) => code)).toEqual(['CONNTRAIL_KAFKA_SENDER', 'CONNTRAIL_KAFKA_SENDER']);
  expect(deaths[0]!.message).toBe(
    'the process that sends to Kafka ended with status 3 (out of luck); it is begun again, and sends again what was open',
  );
  expect(deaths[1]!.message).toContain('ended by SIGSEGV;');
  await process.end(1);
  expect(deaths).toHaveLength(2);
});

test('what it cannot work without is the error of its start, and it is not begun again', async () => {
  const fatal = sender('fatal-works');
  await expect(fatal.sender.start()).rejects.toMatchObject({ code: 'CONNTRAIL_KAFKA_CLIENT', message: 'no client' });
  expect([fatal.begun(), fatal.deaths]).toEqual([1, []]);
});

test('so is an end without a word', async () => {
  const silent = sender('silent');
  await expect(silent.sender.start()).rejects.toMatchObject({ code: 'CONNTRAIL_KAFKA_SENDER' });
});

test('later, the same is told as a death', async () => {
  const { sender: process, deaths, begun } = sender('dies-fatal-works');
  await process.start();
  await vi.waitUntil(() => begun() === 3, { timeout: 30_000 });
  expect(deaths.map(({ code }) => code)).toEqual(['CONNTRAIL_KAFKA_SENDER', 'CONNTRAIL_KAFKA_CLIENT']);
});

test('one that does not follow is done when it has settled everything, and not before', async () => {
  const { sender: process, deaths } = sender('dies-settles', false);
  await process.start();
  await process.done;
  expect(deaths).toHaveLength(1);
});

test('one that is left to itself ends by itself', async () => {
  const { sender: process, news } = sender('hangs');
  await process.start();
  expect(news).toHaveLength(1);
  process.abandon();
  await process.end(60_000);
});
