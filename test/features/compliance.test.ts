/** What every feature must keep to: each test runs for whatever stands in FEATURES. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { enabledFeatures } from '../../src/feature-options.js';
import { FEATURES } from '../../src/features.js';
import { IdentityCheck } from '../../src/ledger/identities.js';
import { RecordCounts } from '../../src/ledger/record-counts.js';
import type { Feature } from '../../src/pipeline/feature.js';
import type { FeatureStatistics } from '../../src/pipeline/statistics.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { replay } from '../../src/recording/replay.js';
import { NullWriter } from '../../src/sinks/null-writer.js';
import { verify } from '../../src/verify/verify.js';
import { PROBE } from '../live/probe/feature.js';
import { temporaryFolder } from '../recording/helpers.js';
import { frame } from '../support/frames.js';
import { bits } from './bits.js';
import { FeatureSession } from './feature-session.js';
import {
  allFeatures,
  headerOf,
  pipelineOf,
  Streams,
  type TestedFeature,
  testedFeature,
  verified,
  verifiedSums,
} from './run-features.js';

const FLOOD = 1_000_000;
/** By then whatever is bounded has its full size. */
const WARM = 300_000;
/** Bytes that a heap may differ by between two collections without anything being kept. */
const HEAP_NOISE = 8 << 20;

/** Sum of the right side of the equation of `enqueued`, without what was given to clients. */
function leftOut({ filtered, selfTest, canary, merged, discarded, resident }: FeatureStatistics): number {
  return (
    filtered + selfTest + canary + merged + resident + Object.values(discarded).reduce((sum, units) => sum + units, 0)
  );
}

describe.each(FEATURES.map((feature) => [feature.name, feature] as const))('%s', (name, feature) => {
  let tested: TestedFeature;
  let all: TestedFeature[];
  beforeAll(async () => {
    tested = await testedFeature(feature);
    all = await allFeatures();
  });

  test('the suite has a frame of each of its kinds, as long as the kind says', () => {
    const { frames } = tested;
    expect([...frames.order].sort()).toEqual(feature.kinds.map(({ kind }) => kind).sort());
    for (const { kind, least, most, units } of feature.kinds) {
      const { payload, fresh } = frames.frame(kind, 1);
      expect(payload.byteLength).toBeGreaterThanOrEqual(least);
      expect(payload.byteLength).toBeLessThanOrEqual(most);
      expect(fresh).toBeLessThanOrEqual(units);
    }
  });

  test('a recording replays bit-identically', async () => {
    const path = join(temporaryFolder(), 'a.ctr');
    const recording = await RecordingWriter.create(path, headerOf([tested]));
    const live = new Streams();
    const pipeline = pipelineOf([tested], live.clients);
    new FeatureSession((view) => {
      recording.frame(view);
      pipeline.push(view);
    }).run([tested]);
    pipeline.close();
    await recording.close();
    for (const record of feature.records) expect(live.lines([record.name]).length).toBeGreaterThan(0);
    for (let i = 0; i < 2; i++) {
      const again = new Streams();
      const reader = await RecordingReader.open(path);
      await replay(reader, { clients: again.clients, pace: 'fast', idle: async () => {} });
      await reader.close();
      expect(again.ndjson === live.ndjson).toBe(true);
      expect(again.avro === live.avro).toBe(true);
    }
    expect((await verify(path)).faults).toEqual([]);
  });

  test('its row closes, with losses, drops, repeated frames and gaps', async () => {
    const { report, statistics } = await verified([tested], (push) => new FeatureSession(push).run([tested]));
    const row = statistics.features[name]!;
    expect(report.faults).toEqual([]);
    expect(report.ledgers).toBe(4);
    expect(row.enqueued).toBeGreaterThan(0);
    expect(row.dropped).toBeGreaterThan(0);
    expect(row.duplicate).toBeGreaterThan(0);
    for (const cause of feature.causes) expect(row.lost[cause]).toBeGreaterThan(0);
    expect(statistics.router.missing).toBeGreaterThan(0);
    expect(statistics.router.invalid).toBe(0);
    expect(report.units).toBe(row.enqueued - leftOut(row));
  });

  test('damaged frames end in counts', async () => {
    const random = bits(feature.id);
    let damaged = 0;
    const { reports, statistics } = await verifiedSums([tested], (push) => {
      const session = new FeatureSession(push);
      for (const { kind, most } of feature.kinds) {
        const { payload, fresh } = tested.frames.frame(kind, 1);
        const give = (bytes: Uint8Array, of = kind, units = fresh): void => {
          damaged++;
          session.give(feature, of, bytes, units);
        };
        for (let length = 0; length < payload.byteLength; length++) give(payload.subarray(0, length));
        give(new Uint8Array(most + 1));
        give(new Uint8Array(most + 8));
        give(payload, kind, feature.kinds.find((each) => each.kind === kind)!.units + 1);
        give(payload, kind, 0xffff_ffff);
        for (let i = 0; i < 2000; i++) {
          const { payload: bytes } = tested.frames.frame(kind, 2 + i);
          for (let flips = 1 + (i % 8); flips > 0; flips--) bytes[random(bytes.length)]! ^= 1 << random(8);
          give(bytes);
        }
        for (let i = 0; i < 200; i++) give(payload.map(() => random(256)));
      }
      const { payload, fresh } = tested.frames.frame(feature.kinds[0]!.kind, 3);
      for (let n = 0; n < 256; n++) {
        const kind = (feature.id << 8) | n;
        if (feature.kinds.some((each) => each.kind === kind)) continue;
        damaged++;
        session.give(feature, kind, payload, fresh);
      }
      session.flush([feature], true);
    });
    expect(damaged).toBeGreaterThan(2000);
    for (const { faults, ledgers, units } of reports) {
      expect(faults).toEqual([]);
      expect(ledgers).toBe(1);
      expect(units).toBe(statistics.features[name]!.enqueued - leftOut(statistics.features[name]!));
    }
    expect(statistics.features[name]!.discarded.invalid_frame).toBeGreaterThan(0);
    expect(statistics.router.invalid).toBeGreaterThanOrEqual(feature.kinds.length);
  });

  test('off, it costs nothing', () => {
    const others = all.filter((each) => each.feature.name !== name);
    const session = new FeatureSession().run(all);
    const [on, off] = [new Streams(), new Streams()];
    const pipelines = [pipelineOf(all, on.clients), pipelineOf(others, off.clients)] as const;
    for (const view of session.frames) for (const pipeline of pipelines) pipeline.push(view);
    const { router, features } = pipelines[1].statistics;
    const own = session.frames.filter(({ kind }) => kind >>> 8 === feature.id).length;
    const accounts = 4;
    expect(router.skipped).toBe(own + accounts);
    expect(router.invalid).toBe(0);
    expect(features[name]).toBeUndefined();
    const records = others.flatMap((each) => each.feature.records.map((record) => record.name));
    expect(off.lines(records)).toEqual(on.lines(records));
    expect(off.lines(feature.records.map((record) => record.name))).toEqual([]);
    for (const line of off.lines(['ledger'])) {
      const { accounts, hooks } = JSON.parse(line) as { accounts: { feature: string }[]; hooks: { feature: string }[] };
      expect([...accounts, ...hooks].map((each) => each.feature)).not.toContain(name);
    }
    expect(enabledFeatures({ [name]: false }).map((each) => each.feature.name)).not.toContain(name);
  });
});

/** The test feature, too: it holds what it is told. */
describe.each([...FEATURES, PROBE as Feature].map((feature) => [feature.name, feature] as const))(
  'a flood of %s',
  (name, feature) => {
    test('memory is bounded, and what has no room is counted', { timeout: 600_000 }, async () => {
      const tested = await testedFeature(feature);
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const { flood, most } = tested.frames;
      const check = new IdentityCheck();
      const writer = new NullWriter();
      let units = 0;
      const writing = Object.assign(writer, {
        ledger: (record: Parameters<NullWriter['ledger']>[0]) => {
          const found = new RecordCounts();
          for (const { series, given } of record.accounts) {
            for (const [i, { record: type, first_seq: first, last_seq: last }] of series.entries()) {
              // Which of a feature's records stand for its units no ledger says: they count once.
              found.add(type, last === null ? 0 : last - first! + 1, i === 0 ? given : 0);
            }
          }
          check.ledger(record, found);
        },
      });
      const pipeline = pipelineOf([tested], [{ name: 'null', writer: writing }]);
      const session = new FeatureSession((view) => pipeline.push(view));
      const { payload, fresh } = tested.frames.frame(flood.kind, 0);
      const view = frame(flood.kind, payload, { source: 1, fresh });
      const data = new DataView(view.u8.buffer, view.start, view.length);
      const bytesInUse = (): number => {
        collect();
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        return heapUsed + arrayBuffers;
      };
      let before = 0;
      for (let n = 1; n <= FLOOD; n++) {
        flood.renew(data, n);
        view.seq = n - 1;
        pipeline.push(view);
        units += fresh;
        if (n % (FLOOD / 10) !== 0) continue;
        const { stage, resident } = pipeline.statistics.features[name]!;
        for (const [counter, bound] of Object.entries(most)) expect(stage[counter]).toBeLessThanOrEqual(bound);
        expect(resident).toBeLessThanOrEqual(units);
        if (n === WARM) before = bytesInUse();
      }
      expect(bytesInUse() - before).toBeLessThan(HEAP_NOISE);
      session.count(feature, units);
      session.flush([feature], true);
      expect(check.end(new RecordCounts())).toEqual([]);
      const row = pipeline.statistics.features[name]!;
      expect(row.resident).toBe(0);
      expect(writer.given.units + leftOut(row)).toBe(FLOOD * fresh);
    });
  },
);
