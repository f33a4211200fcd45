import type { ErrorCode } from '../../../errors.js';
import type { SenderNews } from '../sender-protocol.js';

/** What is wrong at the moment. Each kind is told once until it is over. */
export class Troubles {
  readonly #present = new Set<ErrorCode>();

  constructor(private readonly tell: (news: SenderNews) => void) {}

  note(code: ErrorCode, sentence: string, fatal = false): void {
    if (this.#present.has(code)) return;
    this.#present.add(code);
    this.tell({ kind: 'trouble', code, sentence, fatal });
  }

  over(...codes: readonly ErrorCode[]): void {
    if (this.#present.size === 0) return;
    for (const code of codes) if (this.#present.delete(code)) this.tell({ kind: 'over', code });
  }
}
