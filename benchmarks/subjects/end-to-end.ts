/**
 * Ring → dedup → table → Avro of every record. Prints one line of results.
 * @module
 */
import { Pipeline } from '../../src/pipeline/pipeline.js';
import { report, subjectArguments } from './arguments.js';
import { BlockWriter } from './block-writer.js';
import { BOOT_ID, HOST } from './constants.js';
import { CountingWriter } from './counting-writer.js';
import { DirectPipeline } from './direct-pipeline.js';
import { runOnOneThread, runPipeline } from './run-pipeline.js';

const options = subjectArguments({
  input: '',
  /** rx: the product's pipeline; direct: the same stages called without RxJS. */
  mode: 'rx',
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

function assemble(): { pipeline: Pipeline | DirectPipeline; writer: BlockWriter | CountingWriter } {
  const writer = encodes ? new BlockWriter(checks) : new CountingWriter();
  const settings = {
    host: HOST,
    bootId: BOOT_ID,
    clients: [{ name: 'benchmark', writer }],
    maxConnections: Number(options.max),
  };
  return { pipeline: options.mode === 'rx' ? new Pipeline(settings) : new DirectPipeline(settings), writer };
}

const run = options.ring === 'yes' ? runPipeline : runOnOneThread;
if (Number(options.warm) > 0) await run(options.input, assemble().pipeline, { frames: Number(options.warm) });

const { pipeline, writer } = assemble();
const rss = process.memoryUsage.rss();
const time = await run(options.input, pipeline, { rate: Number(options.rate) });
writer.close();
const { pipeline: counts, table, open, buried, tableBytes } = pipeline.statistics;
report({
  ...time,
  records: counts.enqueued + counts.rows,
  emitted: writer.records,
  bytes: writer instanceof BlockWriter ? writer.bytes : 0,
  crc: writer instanceof BlockWriter ? writer.crc : 0,
  sum: writer instanceof CountingWriter ? writer.sum : 0,
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
