/** A burst into a pipe whose reader is fast: it leaves as fast as the reader takes it, however busy this process is. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compileScript, TRACED_MS } from '../support/traced-script.js';

const MODULES = {
  StreamSink: 'src/sinks/stream-sink.ts',
  StreamTarget: 'src/sinks/byte-target.ts',
};

const PRINT = 'console.error(JSON.stringify([sink.written.records, sink.refused.records]));';

/** Chunks of a busy process: between two of them the event loop turns once. */
const burst = (chunks: number, bytes: number): string => `
  const sink = new StreamSink(new StreamTarget(process.stdout, 1));
  for (let i = 0; i < ${chunks}; i++) {
    sink.write({ bytes: new Uint8Array(${bytes}).fill(10), counts: { connections: 1, records: 1, ledgers: 0 }, ends: null });
    if (i % 8 === 7) await new Promise(setImmediate);
  }
  await sink.finish();
  ${PRINT}`;

test.each([
  ['large chunks', 1000, 1 << 16],
  ['small chunks, of which many wait', 40_000, 400],
])('%s', { timeout: TRACED_MS }, (_, chunks, bytes) => {
  const script = compileScript(MODULES, burst(chunks, bytes));
  const { stdout, stderr } = spawnSync('bash', ['-c', `${process.execPath} ${script} | wc -c`], { encoding: 'utf8' });
  expect([stderr, stdout].map((text) => text.trim())).toEqual([`[${chunks},0]`, `${chunks * bytes}`]);
});

test('a reader that comes late gets what waited, without a stack as deep as the queue', { timeout: TRACED_MS }, () => {
  const body = `
    const sink = new StreamSink(new StreamTarget(process.stdout, 1));
    for (let i = 0; i < 40_000; i++) {
      sink.write({ bytes: new Uint8Array(400).fill(10), counts: { connections: 1, records: 1, ledgers: 0 }, ends: null });
    }
    await sink.finish();
    ${PRINT}`;
  const script = compileScript(MODULES, body);
  const { stdout, stderr } = spawnSync('bash', ['-c', `${process.execPath} ${script} | (sleep 1; wc -c)`], {
    encoding: 'utf8',
  });
  expect([stderr, stdout].map((text) => text.trim())).toEqual(['[40000,0]', '16000000']);
});
