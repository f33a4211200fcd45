import { EXIT } from './exit-codes.js';

const MAX_TIMER_MS = 2 ** 31 - 1;
/** How long whoever sends SIGTERM or SIGHUP may have to wait for outputs: with the rest of a stop it is over within 5 s. */
const OVERDUE_MS = 3_500;

/** Exit status when a second signal ends the process, as a shell has it for a signal: 128 + its number. */
const AT_ONCE = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;
type StopSignal = keyof typeof AT_ONCE;

/**
 * Ends a run in order at the first SIGINT, SIGTERM or SIGHUP, at the end of its time, or when `stop` is called. A second signal ends the
 * process at once, as does SIGINT when the run is ending already. SIGTERM and SIGHUP come from those who will not wait: they make what is
 * left overdue.
 */
export class StopSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #overdue = new AbortController();
  readonly #atOnce: (status: number) => void;
  #received = false;
  #timer: NodeJS.Timeout | undefined;
  #overdueTimer: NodeJS.Timeout | undefined;

  /** @param atOnce ends the process with that status, whatever it waits for */
  constructor(atOnce: (status: number) => void = (status) => process.exit(status)) {
    this.#atOnce = atOnce;
    for (const name of Object.keys(AT_ONCE)) process.on(name, this.#onSignal);
    process.on('SIGUSR1', this.#onUsr1);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const isSecond = this.#received || (name === 'SIGINT' && this.signal.aborted);
    if (isSecond) this.#atOnce(AT_ONCE[name as StopSignal]);
    this.#received = true;
    if (name !== 'SIGINT') this.#overdueTimer ??= setTimeout(() => this.#overdue.abort(), OVERDUE_MS);
    this.stop();
  };
  // Node 20 opens its debugger to every local user at SIGUSR1 unless somebody listens.
  readonly #onUsr1 = (): void => {};

  /** Aborted when the run is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborted when nothing may be waited for any more. */
  get overdue(): AbortSignal {
    return this.#overdue.signal;
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
    clearTimeout(this.#overdueTimer);
    for (const name of Object.keys(AT_ONCE)) process.off(name, this.#onSignal);
    process.off('SIGUSR1', this.#onUsr1);
  }
}
