import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionFilter } from '../connections/filter.js';
import { ConntrailError } from '../errors.js';
import { enabledFeatures, type FeatureOptions } from '../feature-options.js';
import { FEATURES } from '../features.js';
import type { FrameView } from '../frames/frame-view.js';
import { CLOCK, CORE_KIND } from '../frames/layout.gen.js';
import type { Client } from '../pipeline/client.js';
import { Pipeline, type PipelineStatistics } from '../pipeline/pipeline.js';
import { BlockCursor } from './block-cursor.js';
import type { RecordedConnections, RecordingHeader } from './header.js';
import { LAYOUTS } from './layouts.js';
import type { RecordingReader } from './recording-reader.js';

/** The longest pause of an original pace, ms: more than a timer takes would be no pause at all. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** `fast`: as fast as it can; `original`: as the clock frames say it went. */
export type Pace = 'fast' | 'original';

export interface RunOptions {
  pace: Pace;
  /** Resolves when the clients' outputs have written what they were given: a replay waits where live tracing would drop. */
  idle: () => Promise<void>;
  signal?: AbortSignal;
  /** Told what the pipeline counted, when it has ended. */
  counted?: (statistics: PipelineStatistics) => void;
}

export interface ReplayOptions extends RunOptions {
  clients: readonly Client[];
  filter?: ConnectionFilter | undefined;
  /** Names of features that are on though they were off when it was recorded: they have rows, and no records. */
  more?: readonly string[] | undefined;
}

/** What ran, with what changes its records, and what is on beside. */
function recordedOptions(
  { features, layouts }: RecordingHeader,
  connections: RecordedConnections | undefined,
  { filter, more = [] }: Pick<ReplayOptions, 'filter' | 'more'>,
): FeatureOptions {
  const options: Record<string, object | false> = {};
  for (const { name } of FEATURES) options[name] = layouts[name] === LAYOUTS[name] && (features[name] ?? false);
  const { max_connections: maxConnections } = connections ?? {};
  options.connections = connections !== undefined && { filter, maxConnections };
  // Of what ran and is left out here there are frames that cannot be read.
  for (const name of more) if (!Object.hasOwn(features, name)) options[name] = {};
  return options;
}

/** A pipeline as the one that ran when it was recorded, without the features that are missing here: their frames end in its count. */
export async function recordedPipeline(
  { header, connections }: Pick<RecordingReader, 'header' | 'connections'>,
  clients: readonly Client[],
  asked: Pick<ReplayOptions, 'filter' | 'more'>,
): Promise<Pipeline> {
  const enabled = enabledFeatures(recordedOptions(header, connections, asked));
  const features = enabled.map(async (each) => ({
    ...each,
    prepared: await each.feature.prepare?.(each.options, true),
  }));
  return new Pipeline({
    host: header.host,
    bootId: header.boot_id,
    run: header.run,
    clients,
    features: await Promise.all(features),
    cpus: header.cpus,
  });
}

/**
 * Runs the pipeline over a recording: the same frames in the same order, so the same records. Ends with the last whole block;
 * `reader.complete` then says whether that was the end.
 *
 * @returns false when the signal stopped it before.
 * @throws ConntrailError CONNTRAIL_DAMAGED, CONNTRAIL_IO, CONNTRAIL_PIPELINE; what came before the damage was processed.
 */
export async function replay(reader: RecordingReader, options: ReplayOptions): Promise<boolean> {
  return runRecording(reader, await recordedPipeline(reader, options.clients, options), options);
}

/** The same through a pipeline that is there already; it is closed at the end. */
export async function runRecording(reader: RecordingReader, pipeline: Pipeline, options: RunOptions): Promise<boolean> {
  const cursor = new BlockCursor();
  const pacer = options.pace === 'original' ? new Pacer(options.signal) : null;
  try {
    for (let block = await reader.next(); block !== null; block = await reader.next()) {
      cursor.open(block);
      while (cursor.next()) {
        if (pacer !== null && cursor.frame.kind === CORE_KIND.clock) await pacer.reach(cursor.frame, pipeline);
        if (options.signal?.aborted) return false;
        pipeline.push(cursor.frame);
      }
      if (!cursor.exact) {
        const what = `block ${reader.totals.blocks - 1} of ${reader.path} does not hold the frames it says`;
        throw new ConntrailError('CONNTRAIL_DAMAGED', `${what}; use an intact copy`);
      }
      pipeline.drained();
      await options.idle();
    }
    return true;
  } finally {
    pipeline.drained();
    options.counted?.(pipeline.statistics);
    pipeline.close();
  }
}

/** Sleeps until as much time has passed as the clock frames say. */
class Pacer {
  readonly #signal: AbortSignal | undefined;
  #firstMs: number | null = null;
  #startedMs = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  async reach(frame: FrameView, pipeline: Pipeline): Promise<void> {
    if (frame.length !== CLOCK.size) return;
    const at = (frame.start + CLOCK.boot_ns) >>> 2;
    const clockMs = (frame.u32[at]! + frame.u32[at + 1]! * 0x1_0000_0000) / 1e6;
    if (this.#firstMs === null) {
      this.#firstMs = clockMs;
      this.#startedMs = performance.now();
    }
    const wait = clockMs - this.#firstMs - (performance.now() - this.#startedMs);
    if (wait < 1) return;
    pipeline.drained();
    await sleep(
      Math.min(wait, MAX_WAIT_MS),
      undefined,
      this.#signal === undefined ? {} : { signal: this.#signal },
    ).catch(() => {});
  }
}
