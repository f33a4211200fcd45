import type { ConntrailError, ErrorCode } from '../../errors.js';

/** A trouble that comes and goes is told once in so long, ms. */
const QUIET_MS = 60_000;

/** What is to be told while records wait, and is no failure by itself. */
export interface Notice {
  readonly code: ErrorCode;
  readonly sentence: string;
}

/** Tells each trouble once until it is over, and that it is; one that comes and goes, once a minute. */
export class Notices {
  readonly #tell: (notice: Notice) => void;
  /** Troubles that last, and whether they were told. */
  readonly #open = new Map<ErrorCode, boolean>();
  /** When each was told last. */
  readonly #told = new Map<ErrorCode, number>();
  readonly #name: string;

  /** @param name what sending goes to, for the sentence that it goes on */
  constructor(name: string, tell: (notice: Notice) => void) {
    this.#name = name;
    this.#tell = tell;
  }

  /** Whether one of these lasts. */
  last(codes: readonly ErrorCode[]): boolean {
    return codes.some((code) => this.#open.has(code));
  }

  trouble(code: ErrorCode, sentence: string): void {
    if (this.#open.has(code)) return;
    const due = performance.now() - (this.#told.get(code) ?? Number.NEGATIVE_INFINITY) >= QUIET_MS;
    this.#open.set(code, due);
    if (!due) return;
    this.#told.set(code, performance.now());
    this.#tell({ code, sentence });
  }

  over(code: ErrorCode): void {
    const told = this.#open.get(code);
    this.#open.delete(code);
    if (told === true) this.#tell({ code, sentence: `sending to ${this.#name} goes on` });
  }

  /** What happened, and is over: that a process died. */
  event({ code, message }: ConntrailError): void {
    this.trouble(code, message);
    this.#open.delete(code);
  }

  /** Of whom it was known is gone: whoever comes next will tell. */
  clear(): void {
    this.#open.clear();
  }
}
