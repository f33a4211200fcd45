import type { Observable, Subscription } from 'rxjs';

/**
 * Records one by one, for `for await`. Holds at most `limit`; when the consumer is slower, the newest are dropped and counted. Leaving
 * the loop ends the subscription.
 */
export class RecordQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #limit: number;
  readonly #subscription: Subscription;
  #batches: (readonly T[])[] = [];
  #at = 0;
  #size = 0;
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #taken: (() => void)[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (queue: RecordQueue<T>) => void;
  readonly #abort = (): void => this.#end();
  /** Records dropped because the queue was full. */
  dropped = 0;

  /**
   * @param limit most records held
   * @param signal aborting it ends the loop
   * @param ended is called once when no more can come
   */
  constructor(
    records$: Observable<readonly T[]>,
    limit: number,
    signal: AbortSignal | undefined,
    ended: (queue: RecordQueue<T>) => void,
  ) {
    this.#limit = limit;
    this.#signal = signal;
    this.#onEnd = ended;
    this.#subscription = records$.subscribe({
      next: (batch) => this.#add(batch),
      error: (error: unknown) => {
        this.#error = error;
        this.#end();
      },
      complete: () => this.#end(),
    });
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (signal?.aborted) this.#end();
  }

  /** @throws ConntrailError what ended the tracer, once all that came before it has been taken */
  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#size === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    const batch = this.#batches[0];
    if (batch === undefined) {
      const error = this.#error;
      this.#error = undefined;
      if (error !== undefined) throw error;
      return { done: true, value: undefined };
    }
    const value = batch[this.#at++]!;
    this.#size--;
    if (this.#at === batch.length) {
      this.#batches.shift();
      this.#at = 0;
    }
    if (this.#size === 0) this.letGo();
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#batches = [];
    this.#size = 0;
    this.#end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Resolves when all it holds has been taken, or no more will be: for a source that can wait. */
  async taken(): Promise<void> {
    if (this.#size > 0 && !this.#ended) await new Promise<void>((resolve) => this.#taken.push(resolve));
  }

  /** Whether no more can come. */
  get ended(): boolean {
    return this.#ended;
  }

  #add(batch: readonly T[]): void {
    const room = this.#limit - this.#size;
    const taken = batch.length > room ? batch.slice(0, room) : batch;
    this.dropped += batch.length - taken.length;
    if (taken.length === 0) return;
    this.#batches.push(taken);
    this.#size += taken.length;
    this.#wakeUp();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(this);
    // The subscription is not there yet when the stream ends while it is being made.
    this.#subscription?.unsubscribe();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#wakeUp();
    this.letGo();
  }

  /** Lets go whoever waits in `taken`, though nothing was. */
  letGo(): void {
    for (const resolve of this.#taken.splice(0)) resolve();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
