import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { ReadingAnswer } from '../pipeline/check.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';
import type { Output } from '../sinks/output.js';
import { SeriesCounts } from '../sinks/series-counts.js';

/** Sees where readings end, whatever the outputs take: it stands behind them. */
export class Readings implements RecordWriter {
  readonly backlog = 0;
  readonly #answer: ReadingAnswer;
  readonly #ended: (readings: number) => void;
  /** Readings that were whole. */
  count = 0;

  /** @param ended is told of each, from 1 */
  constructor(answer: ReadingAnswer, ended: (readings: number) => void) {
    this.#answer = answer;
    this.#ended = ended;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    if (type.name !== this.#answer.type.name) return null;
    return {
      write: (source) => {
        if (this.#answer.ends(source)) this.#ended(++this.count);
      },
    };
  }

  ledger(): void {}
  push(): void {}

  /** As an output that writes nothing and refuses nothing. */
  get output(): Output {
    const none = new SeriesCounts();
    return {
      name: 'readings',
      writer: this,
      written: none,
      refused: none,
      unread: none,
      errors: [],
      idle: async () => {},
      finish: async () => {},
    };
  }
}
