/** `conntrail check ebpf --watch` on a terminal of 80 × 24, by a real one (tmux): what it shows, its keys, and that it gives the terminal back. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { COMMAND, inFolder } from './support/checkout.js';
import { run } from './support/observe.js';

const SERVER = `conntrail-${process.pid}`;
const TURN_MS = 100;
const PATIENCE_MS = 15_000;
const PROMPT = 'ready>';

/** A shell in a terminal of its own, ended with the test. */
class Terminal {
  constructor() {
    this.#tmux('new-session', '-d', '-x', '80', '-y', '24', `PS1='${PROMPT} ' bash --norc --noprofile`);
    onTestFinished(() => void this.#tmux('kill-server'));
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  key(name: string): void {
    this.#tmux('send-keys', name);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What stands on it, without what is empty at the end. */
  get text(): string {
    return this.#tmux('capture-pane', '-p').trimEnd();
  }

  /** Waits until it looks so. */
  async shows(what: RegExp): Promise<string> {
    for (let waited = 0; waited < PATIENCE_MS; waited += TURN_MS) {
      const { text } = this;
      if (what.test(text)) return text;
      await sleep(TURN_MS);
    }
    return expect.fail(`${what} does not come:\n${this.text}`);
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', SERVER, ...args], { encoding: 'utf8' });
  }
}

const LIST = /^\d+ programs, [\d.<]+% of a core; \d+ maps, /;

test('shows programs and maps, follows keys and the size, and gives the terminal back', async (context) => {
  need(context, 'live', lacksLive() ?? lacksCommand('tmux'));
  await inFolder(async (folder) => {
    const terminal = new Terminal();
    await terminal.shows(new RegExp(`^${PROMPT}$`));
    terminal.type(`echo before; ${COMMAND} check ebpf --watch --to ${folder}/out`);
    terminal.key('Enter');
    const programs = await terminal.shows(/round [2-9]/);
    const lines = programs.split('\n');
    expect(lines).toHaveLength(24);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(programs).toMatch(LIST);
    expect(programs).not.toContain('before');
    // Owners, misses and time per run of what reads all this.
    expect(programs).toMatch(/NAME +CPU% +RUN\/S +NS\/RUN.*MISS.*OWNER/);
    expect(programs).toMatch(/every_\w+ .*(?:node|conntrail)/);

    terminal.key('Tab');
    expect(await terminal.shows(/NAME +MEMORY +FILL% +ENTRIES +MAX OWNER/)).toMatch(LIST);
    terminal.resize(60, 10);
    const small = await terminal.shows(/^(?:.*\n){9}.*$/);
    for (const line of small.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    terminal.resize(80, 24);
    terminal.key('?');
    await terminal.shows(/any key: back/);
    terminal.key('x');
    await terminal.shows(LIST);

    terminal.key('C-z');
    expect(await terminal.shows(/Stopped/)).toContain('before');
    terminal.type('fg; echo "status $?"');
    terminal.key('Enter');
    await terminal.shows(LIST);
    terminal.key('q');
    const after = await terminal.shows(/^status \d+$/m);
    expect(after).toContain('status 0');
    expect(after).toMatch(/conntrail: [\d,]+ objects of ebpf in \d+\.\d s:/);
    // Lines are edited and echoed as before.
    terminal.type('echo mi');
    terminal.key('BSpace');
    terminal.type('ore');
    terminal.key('Enter');
    await terminal.shows(/^more$/m);
    const { status, errors } = await run('verify', `${folder}/out`);
    expect(status, errors).toBe(0);
  });
});

test('^C ends it as elsewhere, and notices come afterwards', async (context) => {
  need(context, 'live', lacksLive() ?? lacksCommand('tmux'));
  const terminal = new Terminal();
  await terminal.shows(new RegExp(`^${PROMPT}$`));
  terminal.type(`${COMMAND} check ebpf --watch --interval 200ms; echo "status $?"`);
  terminal.key('Enter');
  await terminal.shows(/round [3-9]/);
  terminal.key('C-c');
  expect(await terminal.shows(/^status \d+$/m)).toMatch(/objects of ebpf in [\s\S]*status 0/);
});
