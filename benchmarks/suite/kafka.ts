import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '../harness/benchmark.js';
import { type Command, measure, number, type Result } from '../harness/child.js';
import { atLeast, type FigureInput } from '../harness/figure.js';
import { median } from '../harness/statistics.js';
import { inputFile } from '../input/inputs.js';
import { kafka, requireKafkaClient, startKafka } from './kafka-cluster.js';
import { subject } from './subjects.js';

/** kcat on as many lines of the same length, a record of which is a message with a key. */
function kcat(brokers: string, topic: string, lines: string): Command {
  const settings = ['enable.idempotence=true', 'acks=all', 'linger.ms=50', 'batch.size=1000000'];
  const options = settings.flatMap((each) => ['-X', each]).join(' ');
  const script = `TIMEFORMAT='%R %U %S'; { time kcat -P -b ${brokers} -t ${topic} -p 0 -z lz4 -K '\t' ${options} -l ${lines} >/dev/null 2>&1; } 2>&1`;
  const parse = `read -r real user system <<<"$(${script})"; echo "{\\"seconds\\": $real, \\"user\\": $user, \\"system\\": $system}"`;
  return { file: 'bash', arguments: ['-c', parse] };
}

const cpu = (result: Result): number =>
  typeof result.cpuSeconds === 'number' ? result.cpuSeconds : number(result, 'user') + number(result, 'system');

export const kafkaSender: Benchmark = {
  name: 'kafka',
  title: 'the Kafka output’s sender: a full spool to a broker, beside kcat’s producer',
  async run({ rounds, smoke }) {
    requireKafkaClient();
    const peer = spawnSync('kcat', ['-V']).status === 0;
    const input = inputFile({
      records: smoke ? 60_000 : 1_000_000,
      connections: smoke ? 15_000 : 100_000,
      perFrame: 22,
    });
    const cluster = startKafka();
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));
    try {
      const common = { input, ...cluster };
      const results: Record<'message' | 'block' | 'kcat', Result[]> = { message: [], block: [], kcat: [] };
      const lines = join(folder, 'lines');
      for (let round = 0; round < rounds; round++) {
        for (const framing of ['message', 'block'] as const)
          results[framing].push(
            await measure(subject('kafka-sender', { ...common, framing, topic: `bench-${randomUUID()}` })),
          );
        if (!peer) continue;
        const { records, bytes } = results.message[0]! as { records: number; bytes: number };
        if (round === 0) writeLines(lines, records, Math.round(bytes));
        const topic = `bench-${randomUUID()}`;
        const to = ['--bootstrap-server', common.brokers, '--create', '--topic', topic, '--partitions', '1'];
        kafka('tool', 'org.apache.kafka.tools.TopicCommand', ...to);
        results.kcat.push({ records, ...(await measure(kcat(common.brokers, topic, lines))) });
      }
      return figures(results);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      kafka('stop');
    }
  },
};

/** Keys as long as ours; of the values one half is random, the other is that of all lines. */
function writeLines(path: string, records: number, bytes: number): void {
  const half = Math.floor(bytes / 2);
  const rest = 'x'.repeat(bytes - half);
  const rows: string[] = [];
  for (let i = 0; i < records; i++) {
    const value = randomBytes(half).toString('base64').slice(0, half) + rest;
    rows.push(`host/6f0a7c1e-5b0d-4d5e-9d2f-1c2d3e4f5a6b/1/connection/${i}\t${value}\n`);
  }
  writeFileSync(path, rows.join(''));
}

function figures(results: Record<'message' | 'block' | 'kcat', Result[]>): FigureInput[] {
  const rate = (all: readonly Result[]) => all.map((result) => number(result, 'records') / number(result, 'seconds'));
  const cost = (all: readonly Result[]) => all.map((result) => (cpu(result) / number(result, 'records')) * 1e6);
  const note = (all: readonly Result[]) => {
    const resident = median(all.map((result) => number(result, 'resident')));
    return `${median(cost(all)).toFixed(1)} µs of CPU each, ${Math.round(resident / 2 ** 20)} MiB at most`;
  };
  const { message, block, kcat } = results;
  const list: FigureInput[] = [
    { name: 'a message each', unit: 'records/s', rounds: rate(message), target: atLeast(50_000), note: note(message) },
    { name: 'in blocks', unit: 'records/s', rounds: rate(block), target: atLeast(100_000), note: note(block) },
  ];
  if (kcat.length === 0) return list;
  const peers = cost(kcat);
  list.push(
    {
      name: 'kcat, a message each',
      unit: 'records/s',
      rounds: rate(kcat),
      note: `${median(peers).toFixed(1)} µs of CPU each`,
    },
    { name: 'CPU, a message each / kcat', unit: '×', rounds: cost(message).map((own, i) => own / peers[i]!) },
    { name: 'CPU, in blocks / kcat', unit: '×', rounds: cost(block).map((own, i) => own / peers[i]!) },
  );
  return list;
}
