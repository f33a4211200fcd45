/**
 * The sender of the Kafka output alone: a spool full of connection records, sent to a broker. Prints one line of results.
 * @module
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KafkaTarget } from '../../src/sinks/kafka/kafka-target.js';
import type { SenderCounts, SenderNews, SenderOrder } from '../../src/sinks/kafka/sender-protocol.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { connectionPipeline } from '../../test/support/connection-pipeline.js';
import { report, subjectArguments } from './arguments.js';
import { BOOT_ID, HOST } from './constants.js';
import { runOnOneThread } from './run-pipeline.js';

const options = subjectArguments({
  input: '',
  brokers: '',
  registry: '',
  framing: 'message',
  compression: 'lz4',
  topic: '',
});
/** Clock ticks of /proc: USER_HZ. */
const TICKS = 100;
const MAIN = fileURLToPath(new URL('../../src/sinks/kafka/sender/main.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));

/** Seconds of CPU that a process used. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function residentOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

async function filled(): Promise<{ spool: string; records: number }> {
  const spool = join(folder, 'spool');
  const writer = await SpoolWriter.open(spool, {
    policy: 'block',
    size: 8 * 2 ** 30,
    age: Number.POSITIVE_INFINITY,
    accounts: false,
  });
  const pipeline = connectionPipeline({ host: HOST, bootId: BOOT_ID, clients: [{ name: 'spool', writer }] });
  await runOnOneThread(options.input, pipeline);
  await writer.idle();
  const records = writer.next - 1;
  await writer.finish();
  return { spool, records };
}

const target: KafkaTarget = {
  brokers: options.brokers.split(','),
  prefix: options.topic,
  registry: { url: options.registry },
  framing: options.framing as KafkaTarget['framing'],
  compression: options.compression as KafkaTarget['compression'],
  topics: { create: true, partitions: 1, replication: 1, retentionMs: 3_600_000 },
  tls: null,
  sasl: null,
  plaintextCredentials: false,
  lingerMs: 50,
  messageBytes: 1_000_000,
  extra: {},
};

try {
  const { spool, records } = await filled();
  const child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  const pid = child.pid!;
  let counts: SenderCounts | null = null;
  let begin = 0;
  let cpu = 0;
  const done = new Promise<void>((resolve, reject) => {
    child.on('exit', () => reject(new Error('the sender ended')));
    child.on('message', (news: SenderNews) => {
      // What is measured is a broker that takes everything.
      if (news.kind === 'trouble') reject(new Error(news.sentence));
      if (news.kind === 'state' && news.state === 'sending' && begin === 0) {
        begin = performance.now();
        cpu = cpuOf(pid);
      }
      if (news.kind !== 'counts') return;
      counts = news;
      if (news.lowest === records + 1) resolve();
    });
  });
  child.send({ kind: 'begin', settings: { spool, follow: true, target, host: HOST } } satisfies SenderOrder);
  await done;
  const seconds = (performance.now() - begin) / 1000;
  const cpuSeconds = cpuOf(pid) - cpu;
  const resident = residentOf(pid);
  child.removeAllListeners('exit');
  child.send({ kind: 'end', withinMs: 1_000 } satisfies SenderOrder);
  await once(child, 'exit');
  report({ seconds, cpuSeconds, records, resident, bytes: counts!.bytes / records });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
