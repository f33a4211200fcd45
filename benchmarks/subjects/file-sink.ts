/**
 * End to end into the directory sink, as `observe --to DIR` writes it. Prints one line of results.
 * @module
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import type { Codec } from '../../src/encoding/container-writer.js';
import { DirectorySink } from '../../src/sinks/directory/directory-sink.js';
import { connectionCounts, connectionPipeline } from '../../test/support/connection-pipeline.js';
import { report, subjectArguments } from './arguments.js';
import { BOOT_ID, HOST } from './constants.js';
import { runPipeline } from './run-pipeline.js';

const options = subjectArguments({ input: '', codec: 'null', warm: '0' });
const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));

async function pass(frames: number) {
  const directory = join(folder, `${options.codec}-${frames}`);
  const sink = await DirectorySink.open(directory, {
    codec: options.codec as Codec,
    rotateSize: 1 << 30,
    rotateEvery: 3_600_000,
  });
  const pipeline = connectionPipeline({ host: HOST, bootId: BOOT_ID, clients: [{ name: 'file', writer: sink }] });
  const begin = performance.now();
  const time = await runPipeline(options.input, pipeline, { frames });
  await sink.finish();
  const seconds = (performance.now() - begin) / 1000;
  const sizes = readdirSync(directory)
    .filter((name) => name.endsWith('.avro'))
    .map((name) => statSync(join(directory, name)).size);
  const counts = connectionCounts(pipeline);
  return {
    seconds,
    cpuSeconds: time.cpuSeconds,
    records: counts.enqueued + counts.rows,
    dropped: sink.refused.of(CONNECTION).records,
    fileBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

try {
  if (Number(options.warm) > 0) await pass(Number(options.warm));
  report(await pass(0));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
