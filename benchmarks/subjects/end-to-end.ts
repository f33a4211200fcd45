/**
 * Ring → dedup → table → Avro of every record. Prints one line of results.
 * @module
 */
import { CONNECTIONS } from '../../src/connections/feature.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import { connectionCounts, connectionPipeline } from '../../test/support/connection-pipeline.js';
import { AddonBinding } from '../prototypes/addon-binding.js';
import { KernelPipeline } from '../prototypes/kernel-pipeline.js';
import { WasmBinding } from '../prototypes/wasm-binding.js';
import { report, subjectArguments } from './arguments.js';
import { BlockWriter } from './block-writer.js';
import { BOOT_ID, HOST } from './constants.js';
import { CountingWriter } from './counting-writer.js';
import { DIRECT_CONNECTIONS } from './direct-pipeline.js';
import { NullOutput } from './null-output.js';
import { runOnOneThread, runPipeline } from './run-pipeline.js';

const options = subjectArguments({
  input: '',
  /** rx: the product's pipeline; direct: the same stages called without RxJS; wasm, addon: table and encoder in C. */
  mode: 'rx',
  /** Of the compiled kernel. */
  kernel: '',
  avro: 'yes',
  /** no: reading and pipeline on one thread. */
  ring: 'yes',
  check: 'no',
  /** Frames of an untimed run before: the compilers' work, and the page cache's. */
  warm: '0',
  rate: '0',
  max: String(1 << 20),
});
const encodes = options.avro === 'yes';
const checks = options.check === 'yes';

/** A pipeline and what comes out of it: bytes, or without Avro the sum of all deltas. */
interface Assembly {
  pipeline: Pipeline;
  close(): void;
  written(): { emitted: number; bytes: number; crc: number; sum: number };
}

function assemble(): Assembly {
  if (options.mode === 'wasm' || options.mode === 'addon') return assembleKernel();
  const writer = encodes ? new BlockWriter(checks) : new CountingWriter();
  const settings = {
    host: HOST,
    bootId: BOOT_ID,
    clients: [{ name: 'benchmark', writer }],
    maxConnections: Number(options.max),
  };
  return {
    pipeline: connectionPipeline(settings, options.mode === 'rx' ? CONNECTIONS : DIRECT_CONNECTIONS),
    close: () => writer.close(),
    written() {
      if (writer instanceof CountingWriter) return { emitted: writer.records, bytes: 0, crc: 0, sum: writer.sum };
      const { records, bytes, crc } = writer.output;
      return { emitted: records, bytes, crc, sum: 0 };
    },
  };
}

function assembleKernel(): Assembly {
  const output = new NullOutput(checks);
  const binding = options.mode === 'wasm' ? new WasmBinding(options.kernel) : new AddonBinding(options.kernel);
  const take = (bytes: Uint8Array, records: number): void => output.write(bytes, records);
  const pipeline = new KernelPipeline(binding, { host: HOST, bootId: BOOT_ID }, take);
  return {
    pipeline,
    close() {
      pipeline.close();
      output.close();
    },
    written: () => ({ emitted: output.records, bytes: output.bytes, crc: output.crc, sum: 0 }),
  };
}

const run = options.ring === 'yes' ? runPipeline : runOnOneThread;
// Twice: code that was compiled with one pipeline in sight is compiled anew when a second one comes. A program has one.
for (let turn = 0; turn < 2 && Number(options.warm) > 0; turn++) {
  await run(options.input, assemble().pipeline, { frames: Number(options.warm) });
}

const { pipeline, close, written } = assemble();
const rss = process.memoryUsage.rss();
const time = await run(options.input, pipeline, { rate: Number(options.rate) });
close();
const counts = connectionCounts(pipeline);
const { table, open, buried, tableBytes } = counts;
report({
  ...time,
  records: counts.enqueued + counts.rows,
  ...written(),
  kept: counts.kept,
  discarded: counts.discarded,
  repeated: counts.repeated,
  late: table.late,
  open,
  tracked: open + buried,
  tableBytes,
  rssBytes: process.memoryUsage.rss(),
  rssGrownBytes: process.memoryUsage.rss() - rss,
});
