import { EXIT } from './exit-codes.js';

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends a run in order at the first SIGINT, SIGTERM or SIGHUP, at the end of its time, or when `stop` is called; a second SIGINT ends the
 * process at once.
 */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (this.signal.aborted && name === 'SIGINT') process.exit(EXIT.interrupted);
    this.stop();
  };
  // Node 20 opens its debugger to every local user at SIGUSR1 unless somebody listens.
  readonly #onUsr1 = (): void => {};
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, this.#onSignal);
    process.on('SIGUSR1', this.#onUsr1);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  /** Stops after so many ms, however many: a timer of Node takes 24.8 days at most, and ends at once when it is given more. */
  after(ms: number): void {
    const first = Math.min(ms, MAX_TIMER_MS);
    this.#timer = setTimeout(() => (first < ms ? this.after(ms - first) : this.stop()), first);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, this.#onSignal);
    process.off('SIGUSR1', this.#onUsr1);
  }
}
