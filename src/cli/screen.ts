import { type TableSize, tableSize } from '../table/table-size.js';
import { holdLines, say } from './say.js';

const ESCAPE = '\x1b';
/** Another page of the terminal, cursor hidden; and back. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const END_OF_LINE = '\x1b[K';
const END_OF_SCREEN = '\x1b[J';

const INTERRUPT = '\x03';
const SUSPEND = '\x1a';
/** One key, as a terminal sends it: an escape sequence (CSI, SS3), or a character. */
const KEY = new RegExp(`${ESCAPE}\\[[0-9;]*[ -/]*[@-~]|${ESCAPE}O.|.`, 'gsu');

/** What is drawn on it. */
export interface Drawing {
  lines(size: TableSize): readonly string[];
  /** Whether the drawing is another one now. */
  key(key: string): boolean;
}

/**
 * The whole terminal as a page of its own, until it is closed; then what stood there stands there again. Notices that come meanwhile are in its
 * last line, the latest of them, and on standard error afterwards. ^C and ^Z do what they do elsewhere.
 */
export class Screen {
  readonly #drawing: Drawing;
  readonly #notices: string[] = [];
  #open = false;
  #closed = false;
  /** The terminal has not taken the last drawing yet; another one is due then. */
  #writing = false;
  #due = false;

  constructor(drawing: Drawing) {
    this.#drawing = drawing;
  }

  readonly #redraw = (): void => this.draw();
  readonly #continued = (): void => {
    this.#enter();
    this.draw();
  };
  /** The terminal is given back whatever ends the process. */
  readonly #exit = (): void => this.#leave();
  readonly #input = (text: string): void => {
    for (const key of text.match(KEY) ?? []) this.#key(key);
  };

  open(): void {
    holdLines((line) => {
      this.#notices.push(line);
      this.draw();
    });
    process.stdout.on('resize', this.#redraw);
    process.on('SIGCONT', this.#continued);
    process.on('exit', this.#exit);
    if (process.stdin.isTTY) process.stdin.setEncoding('utf8').on('data', this.#input);
    this.#enter();
    this.draw();
  }

  /** Draws what there is now, as soon as the terminal takes it. */
  draw(): void {
    if (!this.#open) return;
    if (this.#writing) {
      this.#due = true;
      return;
    }
    const whole = tableSize(process.stdout, process.env);
    const notice = this.#notices.at(-1);
    const rows = (whole.rows ?? 24) - (notice === undefined ? 0 : 1);
    const lines = this.#drawing.lines({ columns: whole.columns, rows }).slice(0, rows);
    // The last line of the terminal, wherever the drawing ends.
    const last = notice === undefined ? '' : `\x1b[${rows + 1};1H${notice.slice(0, whole.columns)}${END_OF_LINE}`;
    this.#writing = true;
    process.stdout.write(HOME + lines.map((line) => line + END_OF_LINE).join('\r\n') + END_OF_SCREEN + last, () => {
      this.#writing = false;
      if (!this.#due) return;
      this.#due = false;
      this.draw();
    });
  }

  /** Gives the terminal back. May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    process.stdout.off('resize', this.#redraw);
    process.off('SIGCONT', this.#continued);
    process.off('exit', this.#exit);
    process.stdin.off('data', this.#input);
    holdLines(null);
    for (const line of this.#notices.splice(0)) say(line);
  }

  #enter(): void {
    if (this.#closed) return;
    this.#open = true;
    if (process.stdin.isTTY) process.stdin.setRawMode(true).resume();
    process.stdout.write(ENTER);
  }

  #leave(): void {
    if (!this.#open) return;
    this.#open = false;
    process.stdout.write(LEAVE);
    // What keeps no process alive.
    if (process.stdin.isTTY) process.stdin.setRawMode(false).pause();
  }

  #key(key: string): void {
    if (key === INTERRUPT) process.kill(process.pid, 'SIGINT');
    else if (key === SUSPEND) {
      this.#leave();
      process.kill(process.pid, 'SIGTSTP');
    } else if (this.#drawing.key(key)) this.draw();
  }
}
