import { RING_STATE, WORD_STATE } from './ring-layout.js';

/**
 * What a ring's state tells a source in TypeScript. One watcher for as long as the source runs: who waited for it, and waits no more, leaves
 * nothing behind, however often that is.
 */
export class ToldState {
  readonly #words: Int32Array;
  #changed: (() => void) | undefined;

  /** @param words of the ring's header */
  constructor(words: Int32Array) {
    this.#words = words;
    void this.#watch();
  }

  /** The source is to end: with what it still finds, or at once. */
  get isStopping(): boolean {
    return this.#now !== RING_STATE.running;
  }

  /** Nobody takes anything any more. */
  get isAbandoned(): boolean {
    return this.#now === RING_STATE.stopped;
  }

  /** Waits so long, or until the source is to end. */
  async pause(ms: number): Promise<void> {
    // Not by a time-out of waitAsync: another thread would keep that, and wake this one.
    let timer: NodeJS.Timeout | undefined;
    await this.#until(
      () => this.isStopping,
      (done) => {
        timer = setTimeout(done, ms);
      },
    );
    clearTimeout(timer);
  }

  /** Waits for the work, or until nobody takes anything any more. Returns whether the work was done; throws what it throws. */
  async inTime(work: Promise<void>): Promise<boolean> {
    let isDone = false;
    await this.#until(
      () => this.isAbandoned,
      (done, failed) => {
        work.then(() => {
          isDone = true;
          done();
        }, failed);
      },
    );
    return isDone;
  }

  get #now(): number {
    return Atomics.load(this.#words, WORD_STATE);
  }

  async #until(isOver: () => boolean, begin: (done: () => void, failed: (error: unknown) => void) => void) {
    await new Promise<void>((resolve, reject) => {
      this.#changed = () => {
        if (isOver()) resolve();
      };
      begin(resolve, reject);
      this.#changed();
    });
    this.#changed = undefined;
  }

  async #watch(): Promise<void> {
    for (let state = this.#now; state !== RING_STATE.stopped; state = this.#now) {
      // Pairs with the notifications of ReaderPool; a state that has changed already does not wait.
      await Atomics.waitAsync(this.#words, WORD_STATE, state).value;
      this.#changed?.();
    }
  }
}
