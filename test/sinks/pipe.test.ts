/** A burst into a pipe: what there is room for leaves at once, however busy this process is. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compileScript, TRACED_MS } from '../support/traced-script.js';

const MODULES = {
  SeriesCounts: 'src/sinks/series-counts.ts',
  StreamSink: 'src/sinks/stream-sink.ts',
  StreamTarget: 'src/sinks/byte-target.ts',
};

const PRINT = 'console.error(JSON.stringify([sink.written.records, sink.refused.records]));';

test('what a pipe has room for is there at once, without a turn of the event loop', { timeout: TRACED_MS }, () => {
  // A pipe holds 64 KiB.
  const body = `
    const sink = new StreamSink(new StreamTarget(process.stdout, 1));
    sink.write({ bytes: new Uint8Array(60_000).fill(10), counts: SeriesCounts.of({ index: 0 }, 1, 1), marks: null });
    ${PRINT}`;
  const script = compileScript(MODULES, body);
  const { stdout, stderr } = spawnSync('bash', ['-c', `${process.execPath} ${script} | wc -c`], { encoding: 'utf8' });
  expect([stderr, stdout].map((text) => text.trim())).toEqual(['[1,0]', '60000']);
});

test('a reader that comes late gets what waited, without a stack as deep as the queue', { timeout: TRACED_MS }, () => {
  const body = `
    const sink = new StreamSink(new StreamTarget(process.stdout, 1));
    for (let i = 0; i < 40_000; i++) {
      sink.write({ bytes: new Uint8Array(400).fill(10), counts: SeriesCounts.of({ index: 0 }, 1, 1), marks: null });
    }
    await sink.finish();
    ${PRINT}`;
  const script = compileScript(MODULES, body);
  const { stdout, stderr } = spawnSync('bash', ['-c', `${process.execPath} ${script} | (sleep 1; wc -c)`], {
    encoding: 'utf8',
  });
  expect([stderr, stdout].map((text) => text.trim())).toEqual(['[40000,0]', '16000000']);
});
