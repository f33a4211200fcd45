/**
 * A recording as a source of records: what `openTracer` is to this host, anywhere, without addon, BPF or privilege.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Observable } from 'rxjs';
import type { ConnectionFilter } from './connections/filter.js';
import { ConntrailError } from './errors.js';
import { findFeature } from './feature-options.js';
import { parseFilterText } from './filters/parse-filter.js';
import type { Client } from './pipeline/client.js';
import type { Pipeline, PipelineStatistics } from './pipeline/pipeline.js';
import type { RecordObjects } from './record-objects.gen.js';
import type { RecordingHeader } from './recording/header.js';
import type { MissingFeature } from './recording/layouts.js';
import { RecordingReader } from './recording/recording-reader.js';
import { recordedPipeline, runRecording } from './recording/replay.js';
import { type ReplayOptions, type ResolvedReplayOptions, resolveReplayOptions } from './replay-options.js';
import { type RecordName, subscribedType } from './subscribed-type.js';
import { RecordQueue } from './subscribers/record-queue.js';
import { recordStream } from './subscribers/record-stream.js';

/** Bytes that a client's writer may hold back before the replay waits for it, and how often it is asked then, ms. */
const CLIENT_BACKLOG_BYTES = 1 << 20;
const CLIENT_POLL_MS = 10;

/** Counters since the start. */
export interface ReplayStatistics extends PipelineStatistics {
  /** Frames read, and the blocks they came in. */
  frames: number;
  blocks: number;
  /** Whether the recording's end was read: false before it, and for one that was cut short. */
  complete: boolean;
}

/**
 * A recording being replayed. It begins with the first `connections()` or `records()`, or subscription to one of their streams, in a later turn of the event
 * loop, so that several taken in one turn see all of it; with `clients`, by itself. It waits for a slow consumer where a tracer would
 * drop. Read it to its end, or stop it: with `stop`, by leaving an `await using` block, or with the AbortSignal it was given.
 */
export class Replay implements AsyncDisposable {
  readonly #reader: RecordingReader;
  readonly #pipeline: Pipeline;
  readonly #options: ResolvedReplayOptions;
  readonly #queues = new Set<RecordQueue<unknown>>();
  readonly #abort = new AbortController();
  readonly #onAbort = (): void => void this.stop();
  #running: Promise<void> | undefined;
  #settle!: { resolve: () => void; reject: (error: ConntrailError) => void };

  /**
   * Resolves when the whole recording was replayed, or the replay was stopped. Rejects with what ended it before: CONNTRAIL_DAMAGED,
   * CONNTRAIL_CUT_SHORT (the recording has no end), CONNTRAIL_IO, CONNTRAIL_PIPELINE; what came before that was given out.
   */
  readonly closed: Promise<void>;

  /** @internal use openReplay */
  constructor(reader: RecordingReader, pipeline: Pipeline, options: ResolvedReplayOptions) {
    this.#reader = reader;
    this.#pipeline = pipeline;
    this.#options = options;
    this.closed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever does not ask is not told; an unhandled rejection would end the process.
    this.closed.catch(() => {});
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.clients.length > 0) this.#begin();
  }

  /** What the recording says about itself: host, boot, versions, options, filters. */
  get header(): Readonly<RecordingHeader> {
    return this.#reader.header;
  }

  /** Features that ran when it was recorded and that this version cannot replay: they are left out. */
  get missing(): readonly MissingFeature[] {
    return this.#reader.missing;
  }

  /**
   * Connections as objects, in batches. Each subscription is told everything that comes after it, as one of a tracer is. Completes at the
   * end of the recording, or when the replay was stopped; errors with what `closed` rejects with.
   */
  get connections$(): Observable<readonly RecordObjects['connection'][]> {
    return this.records$('connection');
  }

  /** Connections as objects, one by one; the replay waits while there are some that were not taken. */
  connections(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<RecordObjects['connection'], undefined> {
    return this.records('connection', options);
  }

  /**
   * The same of records of any type, such as `oom_kill`. Where its feature did not run when it was recorded (`header.features`), or is
   * `missing`, there are none.
   * @throws ConntrailError CONNTRAIL_OPTION when there is no such type
   */
  records$<N extends RecordName>(name: N): Observable<readonly RecordObjects[N][]> {
    const { type } = subscribedType(name);
    const add = (client: Client): (() => void) => this.#pipeline.addClient(client);
    return new Observable((subscriber) => {
      const subscription = recordStream<RecordObjects[N]>(type, add, this.closed).subscribe(subscriber);
      this.#begin();
      return subscription;
    });
  }

  /**
   * The same one by one, as connections are.
   * @throws ConntrailError CONNTRAIL_OPTION when there is no such type
   */
  records<N extends RecordName>(
    name: N,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncIterableIterator<RecordObjects[N], undefined> {
    const queue = new RecordQueue(this.records$(name), Number.POSITIVE_INFINITY, signal, (ended) => {
      this.#queues.delete(ended as RecordQueue<unknown>);
    });
    if (!queue.ended) this.#queues.add(queue as RecordQueue<unknown>);
    return queue;
  }

  get statistics(): ReplayStatistics {
    const { frames, blocks } = this.#reader.totals;
    return { ...this.#pipeline.statistics, frames, blocks, complete: this.#reader.complete };
  }

  /** Stops where it is and closes the file. May be called again, and after the end. Never rejects: `closed` tells what went wrong. */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const queue of this.#queues) queue.letGo();
    this.#running ??= this.#end();
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #begin(): void {
    this.#running ??= new Promise((resolve) => setImmediate(() => resolve(this.#run())));
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const idle = (): Promise<void> => this.#idle();
      const ended = await runRecording(this.#reader, this.#pipeline, { pace: this.#options.pace, idle, signal });
      if (ended && !this.#reader.complete) {
        const { path, totals } = this.#reader;
        const sentence = `${path} was cut short: it has no trailer after ${totals.blocks} blocks; what it holds was replayed.`;
        throw new ConntrailError('CONNTRAIL_CUT_SHORT', sentence);
      }
      await this.#end();
    } catch (error) {
      await this.#end(asFailure(error));
    }
  }

  /** Resolves when every consumer has taken what it was given, or the replay is to stop. */
  async #idle(): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return;
    await Promise.all([...this.#queues].map((queue) => queue.taken()));
    const behind = ({ writer }: Client): boolean => writer.backlog > CLIENT_BACKLOG_BYTES;
    while (!signal.aborted && this.#options.clients.some(behind)) await sleep(CLIENT_POLL_MS);
  }

  async #end(failure?: ConntrailError): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#pipeline.close();
    await this.#reader.close().catch(() => {});
    if (failure === undefined) this.#settle.resolve();
    else this.#settle.reject(failure);
  }
}

/**
 * Opens a recording that `conntrail record`, or the `recorder` of a tracer, wrote.
 *
 * @throws ConntrailError CONNTRAIL_OPTION; CONNTRAIL_IO; CONNTRAIL_FORMAT when it is no recording, CONNTRAIL_VERSION or CONNTRAIL_LAYOUT
 *   when another conntrail wrote it, CONNTRAIL_DAMAGED when its header is damaged; CONNTRAIL_ABORTED
 */
export async function openReplay(path: string, options: ReplayOptions = {}): Promise<Replay> {
  const resolved = resolveReplayOptions(options);
  if (typeof path !== 'string' || path === '') {
    throw new ConntrailError('CONNTRAIL_OPTION', 'Give the path of a recording.');
  }
  if (resolved.signal?.aborted) {
    throw new ConntrailError(
      'CONNTRAIL_ABORTED',
      'The signal was aborted before the recording was opened; pass a new one.',
    );
  }
  const reader = await RecordingReader.open(path);
  try {
    return new Replay(reader, await pipelineOf(reader, resolved), resolved);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function pipelineOf(
  reader: RecordingReader,
  { clients, filter: given, features }: ResolvedReplayOptions,
): Promise<Pipeline> {
  const filter = given === undefined ? recordedFilter(reader) : (given ?? undefined);
  const more = features.map((name) => findFeature(name).name);
  try {
    return await recordedPipeline(reader, clients, { filter, more });
  } catch (cause) {
    if (cause instanceof ConntrailError) throw cause;
    throw new ConntrailError('CONNTRAIL_OPTION', 'Correct the filter: it is not a ConnectionFilter.', { cause });
  }
}

function recordedFilter({ path, connections }: RecordingReader): ConnectionFilter | undefined {
  try {
    return parseFilterText(connections?.filters ?? {});
  } catch (cause) {
    const sentence = `the filters in the header of ${path} cannot be: ${(cause as Error).message} Give a filter of your own, or null.`;
    throw new ConntrailError('CONNTRAIL_DAMAGED', sentence, { cause });
  }
}

function asFailure(error: unknown): ConntrailError {
  if (error instanceof ConntrailError) return error;
  return new ConntrailError('CONNTRAIL_PIPELINE', 'The recording could not be replayed; report this with it.', {
    cause: error,
  });
}
