import { ellipsizeEnd, pad, textWidth } from '../../../table/text.js';

const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const INVERSE = '\x1b[7m';
const RESET = '\x1b[0m';

/** What stands between the first line and the last. */
export interface Middle {
  /** A line about what follows. */
  readonly heading?: string;
  /** Titles of columns. */
  readonly header?: string;
  readonly body: readonly string[];
  /** Place in the body of the line that keys are about. */
  readonly selected?: number;
}

/** The lines of a screen of one size: a title, what is to be seen, and the keys in the last line. Colours say nothing that the text does not. */
export class Page {
  readonly #columns: number;
  readonly #rows: number;
  readonly #colour: boolean;

  constructor(columns: number, rows: number, colour: boolean) {
    this.#columns = columns;
    this.#rows = rows;
    this.#colour = colour;
  }

  /** Lines between the title with its heading, and the keys. */
  get room(): number {
    return Math.max(0, this.#rows - 3);
  }

  /** @param right what stands at the end of the first line, if there is room for it */
  lines(title: string, right: string, { heading, header, body, selected }: Middle, keys: string): string[] {
    const top = [this.#paint(BOLD, this.#both(title, right))];
    if (heading !== undefined) top.push(this.#cut(heading));
    if (header !== undefined) top.push(this.#paint(INVERSE, pad(this.#cut(header), this.#columns, false)));
    const room = Math.max(0, this.#rows - top.length - 1);
    const shown = body.slice(0, room).map((line, place) => {
      const text = this.#cut(line);
      return place === selected ? this.#paint(BOLD, text) : text;
    });
    const gap = Array.from({ length: room - shown.length }, () => '');
    // Of a screen with less room than that, its first lines.
    return [...top, ...shown, ...gap, this.#paint(DIM, this.#cut(keys))].slice(0, this.#rows);
  }

  #both(left: string, right: string): string {
    const gap = this.#columns - textWidth(left) - textWidth(right);
    return right !== '' && gap >= 2 ? left + ' '.repeat(gap) + right : this.#cut(left);
  }

  #cut(line: string): string {
    return this.#columns < 1 ? '' : ellipsizeEnd(line, this.#columns);
  }

  #paint(code: string, text: string): string {
    return this.#colour && text !== '' ? code + text + RESET : text;
  }
}
