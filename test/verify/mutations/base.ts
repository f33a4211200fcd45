import { readdirSync, readFileSync } from 'node:fs';
import { ContainerReader } from '../../../src/encoding/container-reader.js';
import type { RecordWriter } from '../../../src/pipeline/record-writer.js';
import { RecordingReader } from '../../../src/recording/recording-reader.js';
import { replay } from '../../../src/recording/replay.js';
import { AvroStreamWriter } from '../../../src/sinks/avro-writer.js';
import { DirectorySink } from '../../../src/sinks/directory/directory-sink.js';
import { parseFileName } from '../../../src/sinks/directory/file-name.js';
import { NdjsonWriter } from '../../../src/sinks/ndjson-writer.js';
import { CollectingSink } from '../../sinks/collecting-sink.js';

export const SAMPLE = new URL('../../recordings/sample.ctr', import.meta.url).pathname;

/** A directory in memory: bytes of each file, or what is no file. */
export type Tree = Map<string, Buffer | 'pipe' | 'link' | 'folder'>;

/** One container file of it. */
export interface Container {
  name: string;
  record: string;
  sequence: number;
  run: string;
  codec: string;
  /** Where header and blocks end, from its checksums. */
  ends: readonly number[];
}

export interface Output {
  tree: Tree;
  /** By run, in the order of the runs; of each its connection files in order, then the others. */
  runs: readonly (readonly Container[])[];
  /** Files of a run that was made elsewhere, by name. */
  stranger: Tree;
}

async function replayInto(writer: RecordWriter, idle: () => Promise<void> = async () => {}): Promise<void> {
  const reader = await RecordingReader.open(SAMPLE);
  try {
    await replay(reader, { clients: [{ name: 'test', writer }], pace: 'fast', idle });
  } finally {
    await reader.close();
  }
}

/** The sample as one line each, and as one Avro stream. */
export async function streams(): Promise<{ ndjson: Buffer; avro: Buffer }> {
  const sinks = [new CollectingSink(), new CollectingSink()] as const;
  await replayInto(new NdjsonWriter(sinks[0]));
  await replayInto(new AvroStreamWriter(sinks[1], { sync: Buffer.alloc(16, 0xa5) }));
  return { ndjson: sinks[0].bytes, avro: sinks[1].bytes };
}

/** The sample thrice into one directory, both codecs, several files of each series; and once into another. */
export async function directory(path: string): Promise<Output> {
  for (const [codec, rotateSize] of [
    ['null', 12_000],
    ['deflate', 7_300],
    ['null', 7_200],
  ] as const) {
    await replayTo(path, { codec, rotateSize });
  }
  await replayTo(`${path}-other`, { codec: 'null', rotateSize: 12_000 });
  return { tree: read(path), runs: await runsOf(read(path)), stranger: read(`${path}-other`) };
}

async function replayTo(path: string, options: { codec: 'null' | 'deflate'; rotateSize: number }): Promise<void> {
  const sink = await DirectorySink.open(path, { ...options, rotateEvery: 1e9 });
  await replayInto(sink, () => sink.idle());
  await sink.finish();
}

function read(path: string): Tree {
  return new Map(readdirSync(path).map((name) => [name, readFileSync(`${path}/${name}`)]));
}

async function runsOf(tree: Tree): Promise<Container[][]> {
  const runs = new Map<string, Container[]>();
  // Times in names are those of the files' first blocks, so that no run's name sorts before an earlier run's.
  const byTime = [...tree].sort(([a], [b]) => (a.replace(/^\w+/, '') < b.replace(/^\w+/, '') ? -1 : 1));
  for (const [name, bytes] of byTime) {
    const parts = parseFileName(name);
    if (parts === null) continue;
    const { header } = await ContainerReader.open([bytes as Buffer], name);
    const run = Buffer.from(header.metadata.get('conntrail.run')!).toString();
    const sums = (tree.get(`${name}.crc32`) as Buffer).toString().trimEnd().split('\n');
    const ends = sums.map((line) => Number(line.split(' ')[1]));
    const container = { name, run, ends, codec: header.codec, record: parts.record, sequence: parts.sequence };
    runs.set(run, [...(runs.get(run) ?? []), container]);
  }
  return [...runs.values()];
}
