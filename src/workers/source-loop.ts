import { setTimeout as sleep } from 'node:timers/promises';
import { FactPort } from './fact-port.js';
import type { ReaderTask } from './reader-pool.js';
import { RING_HEADER_BYTES, RING_STATE, WORD_STATE } from './ring-layout.js';
import { RingProducer } from './ring-producer.js';

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

/** Default export of a source's module. @param options of its feature, as structured clone leaves them */
export type OpenSource<O = unknown> = (port: FactPort, options: O) => PolledSource | Promise<PolledSource>;

/** Task of a worker that runs a source in TypeScript. */
export interface SourceTask extends ReaderTask {
  /** URL of the compiled module. */
  readonly module: string;
  /** enum ct_feature of the frames it writes. */
  readonly feature: number;
  /** ms from the end of a poll to the next one. */
  readonly everyMs: number;
  readonly options?: unknown;
}

/**
 * Runs the source until the ring's state says stop. Each poll ends with an account and a mark; after the last one, which sees what there was
 * when the stop came, the ring ends. Returns in the middle of a poll when it is abandoned.
 * @param bootNs the boot clock, ns
 */
export async function runSource(task: SourceTask, bootNs: () => bigint): Promise<void> {
  const words = new Int32Array(task.ring, 0, RING_HEADER_BYTES >>> 2);
  const port = new FactPort(new RingProducer(task.ring, task.source), task.feature, bootNs);
  const { default: open } = (await import(task.module)) as { default: OpenSource };
  const source = await open(port, task.options);
  // Pairs with ReaderPool.started.
  Atomics.notify(words, WORD_STATE);
  // What waits for a word keeps no thread alive.
  const alive = setInterval(() => {}, 2 ** 30);
  const abandoned = stopped(words);
  try {
    for (let stopping = false; !stopping; ) {
      // Before the poll: what comes to be during it may be seen or not.
      stopping = Atomics.load(words, WORD_STATE) !== RING_STATE.running;
      const since = bootNs();
      if (!(await inTime(source, abandoned))) return;
      port.settle(since);
      // Pairs with the notifications of ReaderPool; a state that has changed already does not wait.
      if (!stopping) await Atomics.waitAsync(words, WORD_STATE, RING_STATE.running, task.everyMs).value;
    }
    await room(port, abandoned);
    port.end();
  } finally {
    clearInterval(alive);
    await source.close?.();
  }
}

/** Whether the poll came to its end before nobody waited for it any more. */
async function inTime(source: PolledSource, abandoned: Promise<void>): Promise<boolean> {
  const poll = (async () => source.poll())();
  // Nobody may be left to hear it.
  poll.catch(() => {});
  return Promise.race([poll.then(() => true), abandoned.then(() => false)]);
}

/** Waits for room for the last account, as a native reader does: as long as somebody may make some. */
async function room(port: FactPort, abandoned: Promise<void>): Promise<void> {
  const end = performance.now() + DRAIN_MS;
  let left = false;
  void abandoned.then(() => {
    left = true;
  });
  while (!port.hasRoom && !left && performance.now() < end) await sleep(ROOM_MS);
}

async function stopped(words: Int32Array): Promise<void> {
  for (let state = Atomics.load(words, WORD_STATE); state !== RING_STATE.stopped; ) {
    await Atomics.waitAsync(words, WORD_STATE, state).value;
    state = Atomics.load(words, WORD_STATE);
  }
}
