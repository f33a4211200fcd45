/**
 * What nobody counts is found all the same: 100 units that vanish between any two stages, in the middle of a run or at its end, make an
 * output that `verify` does not pass. Each test takes the real objects and lets one method of one of them forget.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { FEATURES } from '../../src/features.js';
import { PUMP } from '../../src/frames/frame-view.js';
import { ClientPorts } from '../../src/pipeline/client-ports.js';
import type { CountedPort } from '../../src/pipeline/counted-port.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';
import { FileTarget } from '../../src/sinks/byte-target.js';
import { ContainerFile } from '../../src/sinks/directory/container-file.js';
import { DirectorySink } from '../../src/sinks/directory/directory-sink.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { OutputQueue } from '../../src/sinks/output-queue.js';
import { StreamSink } from '../../src/sinks/stream-sink.js';
import { verify } from '../../src/verify/verify.js';
import { RingConsumer } from '../../src/workers/ring-consumer.js';
import { createRing } from '../../src/workers/ring-layout.js';
import { RingProducer } from '../../src/workers/ring-producer.js';
import { FeatureSession } from '../features/feature-session.js';
import { pipelineOf, type TestedFeature, testedFeature } from '../features/run-features.js';
import { temporaryFolder } from '../recording/helpers.js';

const INTERVALS = 3;
/** Units of each feature in each interval: what is swallowed is one interval’s, of which no chunk of the output holds another’s. */
const UNITS = 100;

/** Lets a method of a stage forget what it is given of the feature while `isDue`, as if nothing had been. */
type Forget = (feature: Feature, isDue: () => boolean) => void;

const recordOf = ({ records }: Feature): string => records[0]!.name;

const BETWEEN: Readonly<Record<string, Forget>> = {
  'source and ring': ({ id }, isDue) => {
    const { write } = RingProducer.prototype;
    vi.spyOn(RingProducer.prototype, 'write').mockImplementation(function (this: RingProducer, kind, ...rest) {
      return (isDue() && kind >>> 8 === id) || write.call(this, kind, ...rest);
    });
  },
  'ring and pipeline': ({ id }, isDue) => {
    const { push } = Pipeline.prototype;
    vi.spyOn(Pipeline.prototype, 'push').mockImplementation(function (this: Pipeline, frame) {
      if (!isDue() || frame.kind >>> 8 !== id) push.call(this, frame);
    });
  },
  'stage and the numbers of its series': (feature, isDue) => {
    const { port } = ClientPorts.prototype;
    vi.spyOn(ClientPorts.prototype, 'port').mockImplementation(function (this: ClientPorts, type) {
      const real = port.call(this, type) as CountedPort<never>;
      const write = real.write.bind(real);
      real.write = (source, units) => void ((isDue() && type.name === recordOf(feature)) || write(source, units));
      return real;
    });
  },
  'pipeline and port': (feature, isDue) => {
    for (const writer of [NdjsonWriter.prototype, DirectorySink.prototype] as RecordWriter[]) {
      const { port } = writer;
      vi.spyOn(writer, 'port').mockImplementation(function (this: RecordWriter, type) {
        const real = port.call(this, type)!;
        return {
          write: (source, units) =>
            void ((isDue() && type.name === recordOf(feature)) || real.write(source as never, units)),
        };
      });
    }
  },
  'port and queue of the writer': ({ records }, isDue) => {
    const { offer } = OutputQueue.prototype;
    vi.spyOn(OutputQueue.prototype, 'offer').mockImplementation(function (this: OutputQueue<unknown>, ...entry) {
      return (isDue() && entry[2].of(records[0]!).units > 0) || offer.call(this, ...entry);
    });
  },
  'queue of the writer and file': (feature, isDue) => {
    const { write } = FileTarget.prototype;
    const start = `{"record":"${recordOf(feature)}"`;
    vi.spyOn(FileTarget.prototype, 'write').mockImplementation(function (this: FileTarget, bytes, done) {
      const lines = Buffer.from(bytes)
        .toString('latin1')
        .split(/(?<=\n)/);
      const kept = isDue() ? lines.filter((line) => !line.startsWith(start)) : lines;
      if (kept.length === lines.length) write.call(this, bytes, done);
      else if (kept.length === 0) done(bytes.byteLength, null);
      // What is left of a buffer that holds other records, too.
      else write.call(this, Buffer.from(kept.join(''), 'latin1'), (_, error) => done(bytes.byteLength, error));
    });
    const { create } = ContainerFile;
    vi.spyOn(ContainerFile, 'create').mockImplementation(async (options) => {
      const file = await create.call(ContainerFile, options);
      const append = file.write.bind(file);
      if (options.record === recordOf(feature)) file.write = async (block) => void (isDue() || (await append(block)));
      return file;
    });
  },
};

interface Opened {
  writer: RecordWriter;
  idle(): Promise<void>;
  finish(): Promise<void>;
}

const FORMS: Readonly<Record<string, (path: string) => Promise<Opened>>> = {
  directory: async (path) => {
    const sink = await DirectorySink.open(path, { codec: 'null', rotateSize: 1e9, rotateEvery: 1e9 });
    return { writer: sink, idle: () => sink.idle(), finish: () => sink.finish() };
  },
  ndjson: async (path) => {
    const file = openSync(path, 'w');
    const sink = new StreamSink(new FileTarget(file));
    const finish = async (): Promise<void> => {
      await sink.finish();
      closeSync(file);
    };
    return { writer: new NdjsonWriter(sink), idle: () => sink.idle(), finish };
  },
};

let all: TestedFeature[];
beforeAll(async () => {
  all = await Promise.all(FEATURES.map(testedFeature));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Takes intervals of units of all features through a ring into a file; returns what `verify` says. `began`: the interval it is at. */
async function faultsOf(form: string, began: (interval: number) => void): Promise<string[]> {
  const path = join(temporaryFolder(), 'out');
  const output = await FORMS[form]!(path);
  const ring = createRing(1 << 20);
  const [producer, consumer] = [new RingProducer(ring, 0), new RingConsumer(ring)];
  const pipeline = pipelineOf(all, [{ name: form, writer: output.writer }]);
  const drain = (): void => {
    while (consumer.drain(64, (frame) => pipeline.push(frame)) > 0);
    pipeline.drained();
  };
  const session = new FeatureSession(({ kind, source, u8, start, length, fresh }) => {
    if (source !== PUMP) producer.write(kind, u8.subarray(start, start + length), fresh);
  });
  for (let interval = 0; interval < INTERVALS; interval++) {
    began(interval);
    for (const { feature, frames } of all) {
      const { kind } = frames.flood;
      for (let n = 0; n < UNITS; n++) {
        session.give(feature, kind, frames.frame(kind, interval * UNITS + n).payload, 1);
      }
      drain();
    }
    session.flush(FEATURES, interval === INTERVALS - 1);
    drain();
    pipeline.push(session.frames.at(-1)!);
    await output.idle();
  }
  pipeline.close();
  await output.finish();
  return (await verify(path)).faults;
}

/** Whether a sentence says that 100 of the feature are missing: by number, or as two sums that differ by as many. */
function saysSo({ name, records }: Feature, fault: string): boolean {
  if (fault.startsWith(`${UNITS} ${records[0]!.name} records are missing`)) return true;
  const [, of, left, right] = /^\w+ of (\w+) does not hold.*, but (\d+) ≠ (\d+)$/.exec(fault) ?? [];
  return [name, records[0]!.name].includes(of!) && Math.abs(Number(left) - Number(right)) === UNITS;
}

describe.each(Object.keys(FORMS))('%s', (form) => {
  test('everything is there when nothing is swallowed', async () => {
    expect(await faultsOf(form, () => {})).toEqual([]);
  });

  describe.each(FEATURES.map((feature) => [feature.name, feature] as const))('%s', (_, feature) => {
    test.each(Object.keys(BETWEEN).flatMap((place) => [0, INTERVALS - 1].map((at) => [place, at] as const)))(
      'between %s, interval %i',
      async (place, at) => {
        let now = -1;
        BETWEEN[place]!(feature, () => now === at);
        const faults = await faultsOf(form, (interval) => {
          now = interval;
        });
        expect(faults.filter((fault) => saysSo(feature, fault))).not.toEqual([]);
        // It is not said of a feature that all is there of.
        for (const other of FEATURES) {
          if (other !== feature) expect(faults.filter((fault) => saysSo(other, fault))).toEqual([]);
        }
      },
    );
  });
});
