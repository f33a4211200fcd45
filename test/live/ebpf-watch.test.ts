/** The live view of eBPF on a terminal, of tmux: what is seen, what keys do, and that the terminal is as it was afterwards. */
import { spawnSync } from 'node:child_process';
import { describe, expect, type TestContext, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { COMMAND } from './support/checkout.js';
import { Terminal } from './support/tmux.js';

const WATCH = `${COMMAND} check ebpf --watch --interval 500ms`;
/** An iterator of the check's own: it runs in every reading. */
const OWN = 'every_holder';

function needs(context: TestContext): void {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('tmux'));
}

/** The row of a name, in its columns. */
const row = (lines: readonly string[], name: string): string[] =>
  lines
    .find((line) => line.includes(` ${name} `))!
    .slice(1)
    .trim()
    .split(/ +/);

test('programs and maps of the host, at 80×24', async (context) => {
  needs(context);
  using terminal = new Terminal();
  terminal.type(WATCH);
  // A share of a core is there from the second reading on.
  await terminal.until(new RegExp(`${OWN} +(?:\\d|<)`));
  const lines = terminal.lines();
  expect(terminal.state).toEqual({ page: true, cursor: false });
  expect(lines).toHaveLength(24);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^\d+ programs, \S+% of a core; \d+ maps, \S+ +round \d+, .* of CPU$/);
  expect(lines[1]).toBe('programs by CPU%');
  expect(lines[2]).toMatch(/^ +ID NAME +CPU% RUN\/S NS\/RUN AVG-NS MISS\/S OWNER +TYPE/);
  expect(lines[23]).toMatch(/^q quit/);
  const [id, , share, runs, ns, average, misses, owner, type] = row(lines, OWN);
  expect(Number(id)).toBeGreaterThan(0);
  expect(share).toMatch(/^(?:<\.001|\d+\.\d+)$/);
  for (const figure of [runs, ns, average]) expect(Number(figure)).toBeGreaterThan(0);
  expect(misses).toBe('0');
  expect(owner).toMatch(/^\w+\(\d+\)$/);
  expect(type).toBe('tracing');

  terminal.press('Tab');
  const maps = await terminal.until(/^maps by MEMORY$/);
  expect(maps[2]).toMatch(/^ +ID NAME +MEMORY FILL% ENTRIES +MAX OWNER +TYPE/);
  terminal.press('q');
  await terminal.until(/^conntrail: /);
});

test('keys: order, filter, all of one, pause, help; and the screen follows its size', async (context) => {
  needs(context);
  using terminal = new Terminal();
  terminal.type(WATCH);
  await terminal.until(new RegExp(`${OWN} +(?:\\d|<)`));
  terminal.press('s');
  await terminal.until(/^programs by RUN\/S$/);
  terminal.press('r');
  await terminal.until(/^programs by RUN\/S, reversed$/);
  terminal.press('/', 'h', 'o', 'l', 'd', 'e', 'r');
  const found = await terminal.until(/, 1 of \d+ with holder_$/);
  expect(found.slice(3, -1).filter((line) => line !== '')).toEqual([expect.stringContaining(OWN)]);
  terminal.press('Enter', 'Enter');
  const detail = await terminal.until(/^RUN\/S .*[▁-█]{3}/);
  expect(detail[0]).toMatch(new RegExp(`^Program \\d+: ${OWN} `));
  expect(detail).toContain('module   conntrail');
  expect(detail).toContain('attached iter task_file');

  terminal.resize(132, 40);
  await terminal.until(/^.{81,132}$/);
  expect(terminal.lines()).toHaveLength(40);
  terminal.press('Enter', '?');
  await terminal.until(/^ {2}tab +maps, or programs$/);
  terminal.resize(40, 8);
  await expect.poll(() => terminal.lines()[7]).toMatch(/^any key: back/);
  terminal.press('Space', 'p');
  const paused = await terminal.until(/^PAUSED {2}\d+ programs/);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(terminal.lines()).toEqual(paused);
  terminal.press('q');
  await terminal.until(/^conntrail: /);
});

/** Something that nobody has thought of. */
const CRASH = `data:text/javascript,process.on('SIGUSR2',()=>{throw%20new%20Error('crashed')})`;

describe.each<[how: string, before: string, after: string, end: (terminal: Terminal) => void, status: number]>([
  ['q', '', '', (terminal) => terminal.press('q'), 0],
  ['^C', '', '', (terminal) => terminal.press('C-c'), 0],
  ['SIGTERM', '', '', (terminal) => void process.kill(terminal.running, 'SIGTERM'), 0],
  ['SIGHUP', '', '', (terminal) => void process.kill(terminal.running, 'SIGHUP'), 0],
  ['the end of its time', '', '--for 4s', () => {}, 0],
  ['a crash', `NODE_OPTIONS="--import ${CRASH}"`, '', (terminal) => void process.kill(terminal.running, 'SIGUSR2'), 1],
])('after %s', (_, before, after, end, status) => {
  test('the terminal is as it was', async (context) => {
    needs(context);
    using terminal = new Terminal();
    terminal.type('echo what stood there');
    terminal.type(`${before} ${WATCH} ${after}`);
    await terminal.until(/^programs by CPU%$/);
    end(terminal);
    await expect.poll(() => terminal.state, { timeout: 30_000 }).toEqual({ page: false, cursor: true });
    terminal.type('echo ended with $?; stty -a | grep -o " icanon\\| echo "');
    const lines = await terminal.until(/^ echo$/);
    expect(lines).toContain('what stood there');
    expect(lines).toContain(`ended with ${status}`);
    expect(lines).toContain(' icanon');
    expect(lines.join('\n')).not.toContain('programs by');
  });
});

test('^Z gives the terminal back, and fg takes it again', async (context) => {
  needs(context);
  using terminal = new Terminal();
  terminal.type(WATCH);
  await terminal.until(/^programs by CPU%$/);
  terminal.press('C-z');
  await terminal.until(/Stopped/);
  expect(terminal.state).toEqual({ page: false, cursor: true });
  terminal.type('fg');
  await terminal.until(/^programs by CPU%$/);
  expect(terminal.state).toEqual({ page: true, cursor: false });
  terminal.press('s');
  await terminal.until(/^programs by RUN\/S$/);
  terminal.press('q');
  await terminal.until(/^conntrail: /);
});

test.for<[string, Record<string, string>, boolean]>([
  ['colours', {}, true],
  ['none with NO_COLOR', { NO_COLOR: '1' }, false],
])('%s', async ([, environment, coloured], context) => {
  needs(context);
  using terminal = new Terminal({ environment });
  terminal.type(WATCH);
  await terminal.until(/^programs by CPU%$/);
  const escapes = terminal.lines({ colours: true }).join('').includes(String.fromCharCode(27));
  expect(escapes).toBe(coloured);
  terminal.press('q');
  await terminal.until(/^conntrail: /);
});

test('without a terminal it is refused, with what to do instead', () => {
  const { status, stdout, stderr } = spawnSync(COMMAND, ['check', 'ebpf', '--watch'], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('--watch needs a terminal');
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
