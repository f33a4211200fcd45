import { EXIT, type ExitCode } from './exit-codes.js';
import { fail } from './say.js';

/** What went wrong in a run that went on: each told once, when it is found; the last one gives the exit status. */
export class Failures {
  readonly #told = new Set<unknown>();
  status: ExitCode = EXIT.ok;

  tell(error: unknown): void {
    if (this.#told.has(error)) return;
    this.#told.add(error);
    this.status = fail(error);
  }
}
