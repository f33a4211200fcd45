/**
 * The encoder alone, on records in memory: the generated one, or avsc's `toBuffer` on objects made before. What a record adds is what it
 * totals. Prints one line of results.
 * @module
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import avro from 'avsc';
import type { ConnectionSource } from '../../src/connections/connection-source.js';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import { CONN } from '../../src/connections/layout.gen.js';
import { NO_JOIN } from '../../src/connections/record-batch.js';
import { BlockBuilder } from '../../src/encoding/container-writer.js';
import type { RecordPort } from '../../src/pipeline/record-writer.js';
import { report, subjectArguments } from './arguments.js';
import { BlockWriter } from './block-writer.js';
import { BOOT_ID, HOST } from './constants.js';
import { readSample } from './sample.js';

const WALL_OFFSET_US = 1_790_000_000_000_000;
const HIGH = 4294967296;
const DELTAS = 7;

const options = subjectArguments({ input: '', encoder: 'generated', check: 'no', records: '300000', repeat: '10' });
const sample = readSample(options.input, Number(options.records));
const count = sample.length / CONN.size;
const repeat = Number(options.repeat);
const checks = options.check === 'yes';
const u32 = new Uint32Array(sample.buffer, 0, sample.length >>> 2);
const deltas = new Float64Array(count * DELTAS);
for (let i = 0; i < count; i++) {
  const at = (i * CONN.size) >>> 2;
  for (let k = 0; k < 4; k++) {
    const word = at + (CONN.sent_bytes >>> 2) + 2 * k;
    deltas[i * DELTAS + k] = u32[word]! + u32[word + 1]! * HIGH;
  }
  deltas[i * DELTAS + 4] = u32[at + (CONN.retransmits >>> 2)]!;
  deltas[i * DELTAS + 6] = sample[i * CONN.size + CONN.state]!;
}
const source: ConnectionSource = {
  u8: sample,
  u32,
  base: 0,
  seq: 0,
  delta: deltas,
  d: 0,
  wallOffsetUs: WALL_OFFSET_US,
  joins: [],
  localNames: NO_JOIN,
  remoteNames: NO_JOIN,
  place: 0,
  host: new TextEncoder().encode(HOST),
  bootId: new TextEncoder().encode(BOOT_ID),
  run: 0,
};

function pass(port: RecordPort<ConnectionSource>): void {
  for (let i = 0; i < count; i++) {
    source.base = i * CONN.size;
    source.d = i * DELTAS;
    source.seq = i + 1;
    port.write(source, 1);
  }
}

function generated(): void {
  pass(new BlockWriter(false).port(CONNECTION));
  const writer = new BlockWriter(checks);
  const port = writer.port(CONNECTION);
  const begin = performance.now();
  for (let i = 0; i < repeat; i++) pass(port);
  writer.close();
  const seconds = (performance.now() - begin) / 1000;
  report({ seconds, records: count * repeat, bytes: writer.output.bytes, crc: writer.output.crc });
}

/** The same records as objects; avsc returns a buffer for each, and those go into blocks cut alike. */
function avsc(): void {
  const type = avro.Type.forSchema(JSON.parse(CONNECTION.schema));
  const bytes = new Uint8Array(CONNECTION.most);
  const objects = Array.from({ length: count }, (_, i) => {
    source.base = i * CONN.size;
    source.d = i * DELTAS;
    source.seq = i + 1;
    return type.fromBuffer(Buffer.from(bytes.subarray(0, CONNECTION.encode(bytes, 0, source))));
  });
  const fd = openSync('/dev/null', 'w');
  const block = new BlockBuilder();
  let total = 0;
  let blocks = 0;
  let crc = 0;
  const cut = (): void => {
    const raw = block.take();
    if (raw === null) return;
    const part = raw.bytes.subarray(raw.start, raw.end);
    if (blocks++ % 256 === 0 || checks) crc = crc32(part, crc);
    total += part.length;
    writeSync(fd, part);
    block.recycle(raw);
  };
  const all = (): void => {
    for (const object of objects) {
      if (!block.fits(CONNECTION.most)) cut();
      const encoded = type.toBuffer(object);
      block.bytes.set(encoded, block.end);
      block.end += encoded.length;
      block.count++;
    }
  };
  all();
  cut();
  total = blocks = crc = 0;
  const begin = performance.now();
  for (let i = 0; i < repeat; i++) all();
  cut();
  const seconds = (performance.now() - begin) / 1000;
  closeSync(fd);
  report({ seconds, records: count * repeat, bytes: total, crc });
}

if (options.encoder === 'avsc') avsc();
else generated();
