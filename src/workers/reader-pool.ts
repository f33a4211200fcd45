import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { ConntrailError } from '../errors.js';
import { RING_HEADER_BYTES, RING_STATE, WORD_STATE } from './ring-layout.js';

const WORKER = fileURLToPath(new URL('./reader-worker.js', import.meta.url));

/** What one worker of the pool does: fills a ring until the ring's state says stop. */
export interface ReaderTask {
  readonly ring: SharedArrayBuffer;
  /** Number of this reader, as `source` in its frames. */
  readonly source: number;
  /** URL or path of the compiled module whose default export runs the task; a native reader by default. */
  readonly worker?: string | undefined;
}

/**
 * Hosts the readers: one endless task each, in one pool. They are never aborted or terminated from outside: a replacement worker would
 * start while the old thread still writes to its ring. They end themselves.
 */
export class ReaderPool {
  readonly #pool: Piscina;
  readonly #tasks: Promise<void>[];
  readonly #rings: readonly SharedArrayBuffer[];

  /**
   * Starts one worker per task.
   * @param failed is called when a reader ends before it was told to, with CONNTRAIL_READER
   */
  constructor(tasks: readonly ReaderTask[], failed: (error: ConntrailError) => void) {
    this.#rings = tasks.map((task) => task.ring);
    this.#pool = new Piscina({
      minThreads: tasks.length,
      maxThreads: tasks.length,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // A parked worker's ports would not run, and a reader's never do anyway.
      atomics: 'disabled',
    });
    this.#tasks = tasks.map((task) => this.#run(task, failed));
  }

  /**
   * Resolves when every reader has opened its kernel buffers: an event emitted earlier would find none, and be lost.
   * Never rejects; a reader that fails is told by `failed`.
   */
  async started(): Promise<void> {
    const opened = this.#rings.map(async (ring) => {
      const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
      // Pairs with the native reader's change to `running`, which the worker notifies.
      const { value } = Atomics.waitAsync(words, WORD_STATE, RING_STATE.starting);
      await value;
    });
    await Promise.race([Promise.all(opened), Promise.all(this.#tasks)]);
  }

  /**
   * Ends all readers: they drain the kernel into their rings, which must go on being emptied, then return. Threads are gone afterwards.
   * @param wake makes every blocking native wait return
   */
  async stop(wake: () => void): Promise<void> {
    for (const ring of this.#rings) {
      const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
      // Pairs with the reader's load of the state after its wait. One that has ended by itself stays ended; one that says at this
      // very moment that it runs is asked again.
      for (let state = Atomics.load(words, WORD_STATE); state < RING_STATE.stopping; ) {
        state = Atomics.compareExchange(words, WORD_STATE, state, RING_STATE.stopping);
      }
      // A reader in TypeScript waits for this word, not for the descriptor.
      Atomics.notify(words, WORD_STATE);
    }
    wake();
    await Promise.all(this.#tasks);
    await this.#pool.destroy();
  }

  /**
   * Lets all readers go at once, with what they still hold: nobody takes it any more. Returns at once; their threads end by themselves.
   * @param wake as in `stop`
   */
  abandon(wake: () => void): void {
    for (const ring of this.#rings) {
      // Pairs with the native reader's load of the state, at the latest when it wakes.
      const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
      Atomics.store(words, WORD_STATE, RING_STATE.stopped);
      Atomics.notify(words, WORD_STATE);
    }
    wake();
  }

  async #run(task: ReaderTask, failed: (error: ConntrailError) => void): Promise<void> {
    const words = new Int32Array(task.ring, 0, RING_HEADER_BYTES >>> 2);
    const isStopping = (): boolean => Atomics.load(words, WORD_STATE) >= RING_STATE.stopping;
    try {
      await this.#pool.run(task, { filename: task.worker ?? WORKER });
      if (Atomics.load(words, WORD_STATE) === RING_STATE.stopped || isStopping()) return;
      failed(
        new ConntrailError('CONNTRAIL_READER', `Reader ${task.source} ended early; restart conntrail and report this.`),
      );
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      failed(new ConntrailError('CONNTRAIL_READER', `Reader ${task.source} failed: ${reason}.`, { cause }));
    }
  }
}
