import { EXIT, type ExitCode } from './exit-codes.js';
import { fail } from './say.js';

/** What went wrong in a run that went on: each told once, when it is found; the last one gives the exit status. */
export class Failures {
  readonly #told = new Set<unknown>();
  status: ExitCode = EXIT.ok;

  tell(error: unknown): void {
    this.status = this.mention(error) ?? this.status;
  }

  /** Tells it, too, but leaves the exit status to others. Returns the status it would mean; null when it was told before. */
  mention(error: unknown): ExitCode | null {
    if (this.#told.has(error)) return null;
    this.#told.add(error);
    return fail(error);
  }
}
