import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrames } from '../../benchmarks/input/read-frames.js';
import { InputStream } from '../../benchmarks/input/stream.js';
import { AddonBinding } from '../../benchmarks/prototypes/addon-binding.js';
import type { Binding } from '../../benchmarks/prototypes/binding.js';
import { buildKernels, type Kernels } from '../../benchmarks/prototypes/build-kernels.js';
import { KernelPipeline } from '../../benchmarks/prototypes/kernel-pipeline.js';
import { WasmBinding } from '../../benchmarks/prototypes/wasm-binding.js';
import type { ConnectionFilter } from '../../src/connections/filter.js';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { FRAME } from '../../src/frames/layout.gen.js';
import type { RecordPort } from '../../src/pipeline/record-writer.js';
import { connectionCounts, connectionPipeline } from '../support/connection-pipeline.js';
import { need } from '../support/require.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** As long as a host name can be: the exchange has room for it. */
const HOST = 'h'.repeat(255);
const BOOT_ID = '2b6f0cc9-04d1-46e1-a5de-0a31ae4f1d4c';

let folder: string;
let kernels: Kernels;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conntrail-test-'));
  kernels = await buildKernels(ROOT, folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const KINDS: { kind: 'wasm' | 'addon'; bind: (path: string) => Binding }[] = [
  { kind: 'wasm', bind: (path) => new WasmBinding(path) },
  { kind: 'addon', bind: (path) => new AddonBinding(path) },
];
/** The last one outgrows the first size of the table, and with it the memory that views were made of. */
const SHAPES = [
  { records: 20_000, connections: 3000, perFrame: 22 },
  { records: 20_000, connections: 3000, perFrame: 3 },
  { records: 60_000, connections: 45_000, perFrame: 22 },
];
const FILTERS: { what: string; filter?: ConnectionFilter }[] = [
  { what: 'everything' },
  { what: 'one port', filter: { ports: [{ end: 'remote', first: 443, last: 443 }] } },
];
const CASES = KINDS.flatMap((kind) =>
  SHAPES.flatMap((shape) => FILTERS.map((filter) => ({ ...kind, ...shape, ...filter }))),
);

/** Pushes the frames of a file. */
function push(path: string, pipeline: { push(frame: FrameView): void }): void {
  readFrames(path, Number.POSITIVE_INFINITY, ({ u8, u32 }, at, length) => {
    const word = (offset: number): number => u32[(at + offset) >>> 2]!;
    const [kind, seq, fresh] = [word(FRAME.kind) & 0xffff, word(FRAME.seq), word(FRAME.fresh)];
    pipeline.push({ kind, source: 0, seq, fresh, u8, u32, start: at + FRAME.size, length });
  });
}

/** All records of the product's pipeline, as bytes. */
function product(path: string, filter: ConnectionFilter | undefined) {
  const records: Buffer[] = [];
  const writer = {
    backlog: 0,
    port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
      const record = new Uint8Array(type.most);
      return {
        write: (source) => void records.push(Buffer.from(record.subarray(0, type.encode(record, 0, source)))),
      };
    },
    ledger(): void {},
    push(): void {},
  };
  const pipeline = connectionPipeline({ host: HOST, bootId: BOOT_ID, clients: [{ name: 'list', writer }], filter });
  push(path, pipeline);
  return { records, counts: connectionCounts(pipeline) };
}

describe('a kernel in place of table and encoder', () => {
  it.for(CASES)(
    '$kind gives the same bytes: $connections connections in frames of $perFrame, $what',
    (test, context) => {
      const { kind, bind, what, filter, ...shape } = test;
      need(context, kind, kernels[kind] === undefined ? kernels.missing.join('; ') : null);
      const path = join(folder, 'input');
      new InputStream(path, shape).write();
      const expected = product(path, filter);

      const blocks: Buffer[] = [];
      let records = 0;
      const pipeline = new KernelPipeline(
        bind(kernels[kind]!),
        { host: HOST, bootId: BOOT_ID, filter },
        (bytes, count) => {
          blocks.push(Buffer.from(bytes));
          records += count;
        },
      );
      push(path, pipeline);
      pipeline.close();

      expect(expected.records.length).toBeGreaterThan(shape.records / 20);
      expect(records).toBe(expected.records.length);
      expect(Buffer.concat(blocks).equals(Buffer.concat(expected.records))).toBe(true);
      const { table, buried: _, tableBytes: __, ...counts } = connectionCounts(pipeline);
      expect(expected.counts).toMatchObject(counts);
      // Rows that are not asked for never reach the kernel's table.
      if (filter === undefined) expect(table.late).toBe(expected.counts.table.late);
    },
  );
});
