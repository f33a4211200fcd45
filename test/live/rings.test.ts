/** A reader of BPF rings (test/live/rings): what becomes of each event, and what its marks vouch for. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { CORE_KIND } from '../../src/frames/layout.gen.js';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';

const FIRST = 0x40;
const SECOND = 0x41;
const UNITLESS = 0x4102;
const FOREVER = 2n ** 64n - 1n;

/** A line of the reader's test: a frame, or what the scenario knows itself. */
type Line = Record<string, number> & { mark?: string };

beforeAll(() => {
  if (lacksLive() === null) execFileSync('make', ['-s', '-C', `${CHECKOUT}test/live/rings`]);
});

async function run(scenario: string): Promise<{ frames: Line[]; lines: Line[]; knows: Line }> {
  const folder = `${CHECKOUT}build/test/rings`;
  const { stdout } = await promisify(execFile)(`${folder}/rings`, [`${folder}/events.bpf.o`, scenario], {
    maxBuffer: 1 << 28,
  });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return { frames: lines.filter((line) => 'kind' in line), lines, knows: lines.at(-1)! };
}

function finalOf(frames: readonly Line[], feature: number): Line {
  const found = frames.filter((frame) => frame.kind === CORE_KIND.account && frame.feature === feature && frame.final);
  expect(found).toHaveLength(1);
  return found[0]!;
}

function expectRowCloses(account: Line): void {
  expect(account.attempted).toBe(account.emitted! + account.pending! + account.lost!);
  expect(account.read).toBe(account.duplicate! + account.enqueued! + account.dropped!);
}

test('features that share a ring are told apart, each event once and in order; what is none is counted', async (context) => {
  need(context, 'live', lacksLive());
  const { frames } = await run('several');
  expect(frames[0]!.kind).toBe(CORE_KIND.clock);
  expect(frames.map(({ source }) => source)).toEqual(frames.map(() => 5));
  const numbers = (feature: number): number[] =>
    frames
      .filter(({ kind }) => kind === ((feature << 8) | 1))
      .map(({ number, fresh }) => {
        expect(fresh).toBe(1);
        return number!;
      });
  expect(numbers(FIRST)).toEqual([...Array(1000).keys()]);
  expect(numbers(SECOND)).toEqual(
    [...Array(500).keys(), ...[...Array(10).keys()].map((i) => 505 + i)].map((i) => 1000 + i),
  );
  expect(frames.filter(({ kind }) => kind! >> 8 === 0x42)).toEqual([]);
  // Five of a wrong length are read and dropped. Two are of a feature that is not here: only their note tells.
  expect(finalOf(frames, FIRST)).toMatchObject({ of: 1, read: 1005, enqueued: 1000, dropped: 5, invalid: 7 });
  // Of events that took less than they reserved, what they took; of a kind without units, none.
  const unitless = frames.filter(({ kind }) => kind === UNITLESS);
  expect(unitless.map(({ length, fresh, number }) => [length, fresh, number])).toEqual(
    [...Array(7).keys()].map((i) => [16, 0, 1517 + i]),
  );
  const second = finalOf(frames, SECOND);
  expect(second).toMatchObject({
    of: 2,
    attempted: 510,
    emitted: 510,
    read: 510,
    enqueued: 510,
    dropped: 0,
    invalid: 0,
  });
  expectRowCloses(second);
  // They come by the interval, too, and count what is in front of them.
  const early = frames.findIndex(({ feature, final, enqueued }) => feature === SECOND && !final && enqueued! > 0);
  expect(early).toBeGreaterThan(0);
  expect(frames[early]!.enqueued).toBe(
    frames.slice(0, early).filter(({ kind }) => kind === ((SECOND << 8) | 1)).length,
  );
  expectRowCloses(frames[early]!);
  expect(frames.some(({ kind }) => kind === CORE_KIND.mark)).toBe(false);
});

test('what finds no room in the shared ring waits in the kernel’s, whose programs count what that refuses', async (context) => {
  need(context, 'live', lacksLive());
  const { frames, knows } = await run('full');
  const account = finalOf(frames, FIRST);
  expect(account).toMatchObject({ attempted: 10_000, emitted: knows.emitted, read: knows.emitted, dropped: 0 });
  expect(account.lost).toBeGreaterThan(1000);
  expectRowCloses(account);
  expect(frames.filter(({ kind }) => kind! >> 8 === FIRST)).toHaveLength(account.enqueued!);
  // No number is missing.
  expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, i) => i));
});

test('a consumer that takes nothing more is not waited for without end: the rest is dropped, counted', async (context) => {
  need(context, 'live', lacksLive());
  const { frames, knows } = await run('late');
  const told = frames.filter(({ kind }) => kind! >> 8 === FIRST).length;
  expect(told).toBeLessThan(knows.emitted!);
  expect(told + knows.unread!).toBe(knows.emitted);
  expect(knows.ms).toBeGreaterThanOrEqual(5000);
  expect(knows.ms).toBeLessThan(10_000);
});

test('a mark vouches for everything committed before its time, in a flood that is never dry', async (context) => {
  need(context, 'live', lacksLive());
  const { frames, lines } = await run('flood');
  const marks = frames.flatMap(({ mark, before, boot }) =>
    mark ? [{ at: BigInt(mark), before: before!, boot: boot! }] : [],
  );
  const batches = lines.filter((line) => 'committed' in line);
  const last = marks.pop()!;
  expect(last.at).toBe(FOREVER);
  expect(frames.at(-1)!.mark).toBe(String(FOREVER));
  expect(marks.length).toBeGreaterThan(30);
  let checked = 0;
  for (const { at, before } of marks) {
    const ready = batches.filter(({ by }) => BigInt(by!) < at).at(-1);
    if (!ready) continue;
    checked++;
    expect(before).toBeGreaterThanOrEqual(ready.committed!);
  }
  expect(checked).toBeGreaterThan(20);
  // Every kick is answered, without waiting for a pause.
  const kicks = lines.flatMap(({ kick }) => (kick ? [kick] : []));
  expect(kicks).toHaveLength(60);
  // The last one or two may have the end for an answer.
  const answers = kicks.flatMap((kick) => {
    const mark = marks.find(({ at }) => at >= BigInt(kick));
    return mark ? [mark.boot - kick] : [];
  });
  expect(answers.length).toBeGreaterThanOrEqual(58);
  expect(answers.sort((a, b) => a - b)[30]).toBeLessThan(10e6);
});

test('costs nothing while nothing comes and nobody asks', async (context) => {
  need(context, 'live', lacksLive());
  const { frames, knows } = await run('idle');
  expect(frames.filter(({ kind, mark }) => kind! >> 8 !== 0 || (mark && mark !== String(FOREVER)))).toEqual([]);
  // Three seconds. What is left: accounts, which wake nobody, and the looks whether the thread is to end.
  expect(knows.polls).toBeLessThan(8);
  expect(knows.woken).toBe(0);
  expect(knows.cpu_us).toBeLessThan(30_000);
});

test('wakes its consumer once for all that comes within some milliseconds', async (context) => {
  need(context, 'live', lacksLive());
  const { frames, knows } = await run('trickle');
  expect(knows.emitted).toBe(4000);
  expect(finalOf(frames, FIRST)).toMatchObject({ attempted: 4000, enqueued: 4000, dropped: 0 });
  // Once in 4 ms at most; the first clock is told, too.
  expect(knows.wakes).toBeLessThanOrEqual(knows.ms! / 4 + 2);
});
