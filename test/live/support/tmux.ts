import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHECKOUT } from './checkout.js';

let sessions = 0;

/** A terminal with somebody in front of it: a shell in a tmux of its own. */
export class Terminal implements Disposable {
  readonly #socket: string;

  constructor({ columns = 80, rows = 24, environment = {} as Record<string, string> } = {}) {
    this.#socket = `conntrail-test-${process.pid}-${++sessions}`;
    const set = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const size = ['-x', String(columns), '-y', String(rows)];
    // Whoever runs the tests may want none; a test asks for what it needs.
    const shell = `${'NO_COLOR' in environment ? '' : 'unset NO_COLOR; '}PS1="$ " exec bash --norc --noprofile -i`;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...set, '-c', CHECKOUT, shell);
    this.#tmux('set', '-g', 'status', 'off');
    this.#tmux('resize-window', ...size);
  }

  /** Types a line. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', line);
    this.press('Enter');
  }

  /** Keys, as tmux calls them. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What is on the screen now, line by line. @param colours with their escape sequences */
  lines({ colours = false } = {}): string[] {
    const text = this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []));
    return text.split('\n').slice(0, -1);
  }

  /** Whether a page of its own is shown, and the cursor. */
  get state(): { page: boolean; cursor: boolean } {
    const [page, cursor] = this.#tmux('display', '-p', '#{alternate_on} #{cursor_flag}').trim().split(' ');
    return { page: page === '1', cursor: cursor === '1' };
  }

  /** Pid of what the shell runs; there must be one. */
  get running(): number {
    const shell = this.#tmux('display', '-p', '#{pane_pid}').trim();
    const [pid] = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ');
    if (!pid) throw new Error('the shell runs nothing');
    return Number(pid);
  }

  /** The screen as soon as it has this on it. @throws Error when that does not come */
  async until(found: RegExp, ms = 20_000): Promise<string[]> {
    for (const end = performance.now() + ms; ; ) {
      const lines = this.lines();
      if (lines.some((line) => found.test(line))) return lines;
      if (performance.now() > end) throw new Error(`no ${found} on\n${lines.join('\n')}`);
      await sleep(100);
    }
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
  }
}
