import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';
import { NullWriter } from '../sinks/null-writer.js';
import type { Output } from '../sinks/output.js';
import { SeriesCounts } from '../sinks/series-counts.js';
import type { ReadingScreen } from '../table/reading-view.js';
import type { TableSize } from '../table/table-size.js';
import { Screen } from './screen.js';

/** A live view as an output: what it is given, is shown. */
export class ScreenOutput implements Output {
  readonly name = 'the screen';
  readonly #screen: Screen;
  readonly #view: ReadingScreen;
  readonly writer: ShownWriter;
  readonly written: SeriesCounts;
  readonly refused = new SeriesCounts();
  readonly unread = new SeriesCounts();
  readonly errors = [];

  /** @param quit is called when a key says that it is enough */
  constructor(view: ReadingScreen, quit: () => void) {
    this.#view = view;
    this.writer = new ShownWriter(view);
    this.written = this.writer.given;
    this.#screen = new Screen({
      lines: (size: TableSize) => view.lines(size),
      key: (key: string) => {
        const meaning = view.key(key);
        if (meaning === 'quit') quit();
        return meaning === 'drawn';
      },
    });
    this.#screen.open();
  }

  /** A reading is whole: it is what the screen shows now. */
  ended(): void {
    this.#view.ended();
    this.#screen.draw();
  }

  /** Gives the terminal back. */
  readonly restore = (): void => this.#screen.close();

  async idle(): Promise<void> {}

  async finish(): Promise<void> {
    this.restore();
  }
}

/** Gives records to the view, and counts them. */
class ShownWriter implements RecordWriter {
  readonly backlog = 0;
  readonly #view: ReadingScreen;
  readonly #counted = new NullWriter();

  constructor(view: ReadingScreen) {
    this.#view = view;
  }

  get given(): SeriesCounts {
    return this.#counted.given;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null {
    const take = this.#view.take(type);
    if (take === null) return null;
    const counted = this.#counted.port(type);
    return {
      write: (source, units) => {
        take(source);
        counted.write(source, units);
      },
    };
  }

  ledger(record: Ledger): void {
    this.#counted.ledger(record);
  }

  push(): void {}
}
