import { setTimeout as sleep } from 'node:timers/promises';
import { type AccountShare, FactPort } from './fact-port.js';
import type { ReaderTask } from './reader-pool.js';
import { isTaken, type SharedDemand } from './record-demand.js';
import { RING_HEADER_BYTES, WORD_STATE } from './ring-layout.js';
import { RingProducer } from './ring-producer.js';
import { ToldState } from './told-state.js';

/** How long the last account waits for room at most, and between two looks, ms. */
const DRAIN_MS = 5000;
const ROOM_MS = 1;

/** What the default export of a source's module makes: something that is asked again and again, in a thread of its own. */
export interface PolledSource {
  /** Looks, and writes what is new into its port. What it throws ends the tracer. */
  poll(): void | Promise<void>;
  /** Lets go of what it holds. */
  close?(): void | Promise<void>;
}

/** What a source is told beside its options. */
export interface SourceSurroundings {
  /** Descriptors of what its feature has loaded, by name; -1 = absent. Open until its thread has ended. */
  readonly handles: Readonly<Record<string, number>>;
  /** Descriptors of all maps and programs of this tracer, of whatever feature; open likewise. */
  readonly own: readonly number[];
  /** Whether somebody takes records of this type right now: an output, a subscriber, or a recorder, which takes all. */
  isTaken(record: string): boolean;
}

/** Default export of a source's module. @param options of its feature, as structured clone leaves them */
export type OpenSource<O = unknown> = (
  port: FactPort,
  options: O,
  surroundings: SourceSurroundings,
) => PolledSource | Promise<PolledSource>;

/** Task of a worker that runs a source in TypeScript. */
export interface SourceTask extends ReaderTask {
  /** URL of the compiled module. */
  readonly module: string;
  /** enum ct_feature of the frames it writes. */
  readonly feature: number;
  /** Its part in the feature's row; all of it where it is the only source. */
  readonly share?: AccountShare | undefined;
  /** ms from the end of a poll to the next one. */
  readonly everyMs: number;
  readonly options?: unknown;
  readonly handles?: Readonly<Record<string, number>> | undefined;
  readonly own?: readonly number[] | undefined;
  /** Absent: nobody takes anything. */
  readonly demand?: SharedDemand | undefined;
}

/**
 * Runs the source until the ring's state says stop. Each poll ends with an account and a mark; after the last one, which sees what there was
 * when the stop came, the ring ends. Returns in the middle of a poll when it is abandoned.
 * @param bootNs the boot clock, ns
 */
export async function runSource(task: SourceTask, bootNs: () => bigint): Promise<void> {
  const words = new Int32Array(task.ring, 0, RING_HEADER_BYTES >>> 2);
  const port = new FactPort(new RingProducer(task.ring, task.source), task.feature, bootNs, task.share);
  const { default: open } = (await import(task.module)) as { default: OpenSource };
  const { options, handles = {}, own = [], demand } = task;
  const takes = (record: string): boolean => demand !== undefined && isTaken(demand, record);
  const source = await open(port, options, { handles, own, isTaken: takes });
  // Pairs with ReaderPool.started.
  Atomics.notify(words, WORD_STATE);
  // What waits for a word keeps no thread alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const told = new ToldState(words);
  try {
    for (let stopping = false; !stopping; ) {
      // Before the poll: what comes to be during it may be seen or not.
      stopping = told.isStopping;
      const since = bootNs();
      if (!(await told.inTime(poll(source)))) return;
      port.settle(since);
      if (!stopping) await told.pause(task.everyMs);
    }
    await room(port, told);
    port.end();
  } finally {
    clearInterval(alive);
    await source.close?.();
  }
}

async function poll(source: PolledSource): Promise<void> {
  await source.poll();
}

/** Waits for room for the last account, as a native reader does: as long as somebody may make some. */
async function room(port: FactPort, told: ToldState): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  while (!port.hasRoom && !told.isAbandoned && performance.now() < end) await sleep(ROOM_MS);
}
