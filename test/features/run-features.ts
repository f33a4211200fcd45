import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FEATURES } from '../../src/features.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import type { Client } from '../../src/pipeline/client.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import type { RecordingHeader } from '../../src/recording/header.js';
import { LAYOUTS } from '../../src/recording/layouts.js';
import { AvroStreamWriter } from '../../src/sinks/avro-writer.js';
import { DirectorySink } from '../../src/sinks/directory/directory-sink.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { openContainer } from '../../src/verify/container-records.js';
import type { FoundRecord } from '../../src/verify/found-record.js';
import { ndjsonRecords } from '../../src/verify/ndjson-records.js';
import { OutputCheck } from '../../src/verify/output-check.js';
import { addFault, emptyReport, type VerifyReport } from '../../src/verify/report.js';
import { verify } from '../../src/verify/verify.js';
import { HEADER, temporaryFolder } from '../recording/helpers.js';
import { CollectingSink } from '../sinks/collecting-sink.js';
import type { FeatureFrames } from './feature-frames.js';

/** A feature with what the suite knows of its frames. */
export interface TestedFeature {
  feature: Feature;
  frames: FeatureFrames;
}

/** @throws Error for a feature without a generator of its frames */
export async function testedFeature(feature: Feature): Promise<TestedFeature> {
  const name = `${feature.name.replaceAll('_', '-')}.ts`;
  const path = fileURLToPath(new URL(name, import.meta.url));
  if (!existsSync(path)) throw new Error(`test/features/${name} is missing: the frames of ${feature.name}`);
  return { feature, frames: ((await import(/* @vite-ignore */ path)) as { frames: FeatureFrames }).frames };
}

/** Every feature there is. */
export const allFeatures = (): Promise<TestedFeature[]> => Promise.all(FEATURES.map(testedFeature));

/** A pipeline of these features, which stand in the order of FEATURES. */
export function pipelineOf(on: readonly TestedFeature[], clients: readonly Client[]): Pipeline {
  const { host, boot_id: bootId, run, cpus } = HEADER;
  const features = on.map(({ feature, frames }) => ({ feature, options: feature.options.parse(frames.options) }));
  return new Pipeline({ host, bootId, run, cpus, clients, features });
}

/** The header of a recording of these features alone. */
export function headerOf(on: readonly TestedFeature[]): RecordingHeader {
  const names = on.map(({ feature }) => feature.name);
  return {
    ...HEADER,
    layouts: Object.fromEntries(['core', ...names].map((name) => [name, LAYOUTS[name]!])),
    features: Object.fromEntries(on.map(({ feature, frames }) => [feature.name, frames.recorded])),
  };
}

/** Both streams of an output, byte for byte. */
export class Streams {
  readonly #ndjson = new CollectingSink();
  readonly #avro = new CollectingSink();
  readonly clients: readonly Client[] = [
    { name: 'ndjson', writer: new NdjsonWriter(this.#ndjson) },
    { name: 'avro', writer: new AvroStreamWriter(this.#avro, { sync: new Uint8Array(16) }) },
  ];

  get ndjson(): string {
    return this.#ndjson.text;
  }

  get avro(): string {
    return this.#avro.bytes.toString('latin1');
  }

  /** The lines of these record types. */
  lines(names: readonly string[]): string[] {
    const lines = this.ndjson.split('\n').filter((line) => line !== '');
    return lines.filter((line) => names.includes((JSON.parse(line) as { record: string }).record));
  }
}

/** Puts frames through a pipeline that writes a directory; says what `verify` finds in that, and what the pipeline counted. */
export async function verified(on: readonly TestedFeature[], frames: (push: (frame: FrameView) => void) => void) {
  const path = join(temporaryFolder(), 'out');
  const writer = await DirectorySink.open(path, { codec: 'null', rotateSize: 1e9, rotateEvery: 1e9 });
  const pipeline = pipelineOf(on, [{ name: 'directory', writer }]);
  frames((frame) => pipeline.push(frame));
  const { statistics } = pipeline;
  pipeline.close();
  await writer.finish();
  return { report: await verify(path), statistics };
}

/** The same of both streams, but for what each record says of itself: facts that were damaged need not agree. */
export async function verifiedSums(on: readonly TestedFeature[], frames: (push: (frame: FrameView) => void) => void) {
  const folder = temporaryFolder();
  const [ndjson, avro] = [join(folder, 'out.ndjson'), join(folder, 'out.avro')];
  const streams = new Streams();
  const pipeline = pipelineOf(on, streams.clients);
  frames((frame) => pipeline.push(frame));
  const { statistics } = pipeline;
  pipeline.close();
  writeFileSync(ndjson, streams.ndjson);
  writeFileSync(avro, streams.avro, 'latin1');
  const reports = [
    await sumsOf(emptyReport(ndjson, 'ndjson'), (fault) => ndjsonRecords(ndjson, fault)),
    await sumsOf(emptyReport(avro, 'avro'), async function* (fault) {
      yield* (await openContainer(avro, avro, fault)).records();
    }),
  ];
  return { reports, statistics };
}

async function sumsOf(
  report: VerifyReport,
  records: (fault: (text: string) => void) => AsyncIterable<FoundRecord>,
): Promise<VerifyReport> {
  const check = new OutputCheck(report);
  for await (const found of records((fault) => addFault(report, fault))) check.add({ ...found, wrong: null });
  check.end();
  return report;
}
