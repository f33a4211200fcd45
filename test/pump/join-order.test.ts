/** Facts before the closes they explain: what the pump takes, in which order, with sources and a clock of the test's own. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FrameView } from '../../src/frames/frame-view.js';
import { CORE_KIND, UNORDERED } from '../../src/frames/layout.gen.js';
import { HELD_MS } from '../../src/pump/join-order.js';
import { Pump } from '../../src/pump/pump.js';
import { type ListedFrame, ListedSource, mark } from './listed-source.js';

const JOINING = 1;
const CLOSE = (JOINING << 8) | 2;
/** A kind of the same feature, of which no record is made. */
const BARE = (JOINING << 8) | 3;
const OTHER = (0x30 << 8) | 1;
const FACT = (0x20 << 8) | 1;
const NAMES = new Map([
  [CLOSE, 'close'],
  [BARE, 'bare'],
  [OTHER, 'other'],
  [FACT, 'fact'],
  [CORE_KIND.mark, 'mark'],
  [CORE_KIND.clock, 'clock'],
]);
const FOREVER = Number.POSITIVE_INFINITY;

const close = (readMs: number, fresh = 1): ListedFrame => ({ kind: CLOSE, readMs, fresh });
const bare = (readMs: number): ListedFrame => ({ kind: BARE, readMs });
const other = (readMs: number): ListedFrame => ({ kind: OTHER, readMs, fresh: 1 });
const fact = (readMs: number): ListedFrame => ({ kind: FACT, readMs, fresh: 1 });
const clock = (readMs: number): ListedFrame => ({ kind: CORE_KIND.clock, readMs });

/** One step: what comes, by source, at a time of the clock; and what has been taken in all afterwards. */
interface Step {
  at: number;
  comes: Readonly<Record<string, readonly ListedFrame[]>>;
  /** Up to when sources of facts can be seen to have told everything, from now on, ms. */
  told?: Readonly<Record<string, number>>;
  taken: string;
}

let pump: Pump | undefined;
afterEach(() => pump?.abandon());

/** A pump over the sources that are named; those whose name begins with "facts" are of facts, and with "facts seen" can be looked at. */
function start(names: readonly string[]): {
  sources: Record<string, ListedSource>;
  taken: string[];
  move: (ms: number, told?: Readonly<Record<string, number>>) => void;
} {
  let now = 0;
  const told: Record<string, number> = {};
  const taken: string[] = [];
  const sources = Object.fromEntries(names.map((name, i) => [name, new ListedSource(i)]));
  const all = names.map((name) => sources[name]!);
  pump = new Pump({
    // Whatever the order in which they are given.
    sources: [...all].reverse(),
    pipeline: { push: () => {}, drained: () => {}, creditOpen: true },
    intervalMs: 1e9,
    recorder: (frame) => void taken.push(nameOf(frame)),
    failed: (error) => taken.push(String(error)),
    joins: {
      kinds: new Set([CLOSE]),
      factSources: names
        .filter((name) => name.startsWith('facts'))
        .map((name) => ({
          frames: sources[name]!,
          told: name.startsWith('facts seen') ? () => (told[name] ?? 0) * 1e6 : undefined,
        })),
      now: () => now,
    },
  });
  pump.start();
  const move = (ms: number, more: Readonly<Record<string, number>> = {}): void => {
    now = ms;
    Object.assign(told, more);
  };
  return { sources, taken, move };
}

function nameOf({ kind, u32, start }: FrameView): string {
  if (kind === CORE_KIND.flush) return 'flush';
  if (kind !== CORE_KIND.unordered) return NAMES.get(kind) ?? `kind ${kind}`;
  const at = start >>> 2;
  return `unordered(${u32[at + (UNORDERED.feature >>> 2)]}, ${u32[at + (UNORDERED.units >>> 2)]})`;
}

/** Waits until all of this has been taken, and long enough for the pump to take more, if it would. */
async function settle(taken: readonly unknown[], count: number): Promise<void> {
  await vi.waitFor(() => expect(taken.length).toBeGreaterThanOrEqual(count), { timeout: 30_000, interval: 5 });
  await new Promise((resolve) => setTimeout(resolve, HELD_MS + 20));
}

describe('a frame whose records take joins', () => {
  it.each<[string, string[], Step[]]>([
    [
      'is taken at once when the facts are there',
      ['facts', 'closes'],
      [
        { at: 0, comes: { facts: [fact(90), mark(100)] }, taken: 'fact mark' },
        { at: 1, comes: { closes: [close(100), close(80)] }, taken: 'fact mark close close' },
      ],
    ],
    [
      'waits for the mark of the time at which it was read, not for an earlier one',
      ['facts', 'closes'],
      [
        { at: 0, comes: { closes: [close(100)] }, taken: '' },
        { at: 10, comes: { facts: [fact(90), mark(99)] }, taken: 'fact mark' },
        { at: 20, comes: { facts: [fact(99), mark(100)] }, taken: 'fact mark fact mark close' },
      ],
    ],
    [
      'waits, and what no record is made of does not, unless it is behind it',
      ['facts', 'closes'],
      [
        { at: 0, comes: { closes: [bare(100), close(100), bare(100)] }, taken: 'bare' },
        { at: 10, comes: { facts: [mark(100)] }, taken: 'bare mark close bare' },
      ],
    ],
    [
      'waits for the slowest source of facts',
      ['facts', 'facts too', 'closes'],
      [
        {
          at: 0,
          comes: { closes: [close(100)], facts: [mark(120, 100)], 'facts too': [mark(50, 100)] },
          taken: 'mark mark',
        },
        { at: 10, comes: { 'facts too': [mark(110)] }, taken: 'mark mark mark close' },
      ],
    ],
    [
      'holds up its own source, and no other one',
      ['facts', 'closes', 'others', 'more closes'],
      [
        {
          at: 0,
          comes: { closes: [close(100), clock(100), other(100)], others: [other(100)], 'more closes': [close(0)] },
          taken: 'close other',
        },
        { at: 1, comes: { facts: [mark(100)] }, taken: 'close other mark close clock other' },
      ],
    ],
    [
      'goes on after 50 ms, counted in its units, and everything as old with it',
      ['facts', 'closes'],
      [
        { at: 0, comes: { closes: [close(100, 22), close(101, 3), close(130, 1)] }, taken: '' },
        { at: HELD_MS - 1, comes: {}, taken: '' },
        { at: HELD_MS, comes: {}, taken: 'unordered(1, 22) close' },
        { at: HELD_MS + 1, comes: {}, taken: 'unordered(1, 22) close unordered(1, 3) close' },
        {
          at: HELD_MS + 10,
          comes: { facts: [mark(130)] },
          taken: 'unordered(1, 22) close unordered(1, 3) close mark close',
        },
      ],
    ],
    [
      'that brings nothing new goes on uncounted',
      ['facts', 'closes'],
      [
        { at: 0, comes: { closes: [close(100, 0)] }, taken: '' },
        { at: HELD_MS, comes: {}, taken: 'close' },
      ],
    ],
    [
      'has all the time it needs as long as the pump itself is behind with the facts',
      ['facts', 'closes'],
      [
        { at: 0, comes: { facts: [mark(0)] }, taken: 'mark' },
        {
          at: 200,
          comes: { closes: [close(100)], facts: [...Array(40)].map(() => fact(90)).concat(mark(150)) },
          taken: `mark ${'fact '.repeat(40)}mark close`,
        },
      ],
    ],
    [
      'that is old when it is seen first waits from then on',
      ['facts', 'closes'],
      [
        { at: 0, comes: { facts: [mark(0)] }, taken: 'mark' },
        { at: 200, comes: { closes: [close(100), close(101)] }, taken: 'mark' },
        { at: 200 + HELD_MS - 1, comes: { facts: [fact(90), mark(100)] }, taken: 'mark fact mark close' },
        // It has waited as long as that one.
        { at: 200 + HELD_MS, comes: {}, taken: 'mark fact mark close' },
        { at: 200 + 2 * HELD_MS - 1, comes: {}, taken: 'mark fact mark close unordered(1, 1) close' },
      ],
    ],
    [
      'is taken without a mark where its facts can be seen to be here, and behind them',
      ['facts seen', 'closes'],
      [
        {
          at: 0,
          comes: { closes: [close(100), close(101)], 'facts seen': [...Array(40)].map(() => fact(90)) },
          told: { 'facts seen': 101 },
          taken: `${'fact '.repeat(40)}close close`,
        },
      ],
    ],
    [
      'waits while there are facts that its source still has to move',
      ['facts seen', 'closes'],
      [
        { at: 0, comes: { closes: [close(100), close(110)] }, told: { 'facts seen': 99 }, taken: '' },
        { at: 10, comes: { 'facts seen': [fact(99)] }, told: { 'facts seen': 109 }, taken: 'fact close' },
        { at: 60, comes: {}, told: { 'facts seen': 110 }, taken: 'fact close close' },
      ],
    ],
    [
      'waits for the mark of one source of facts where another one can be seen to have told everything',
      ['facts', 'facts seen', 'closes'],
      [
        { at: 0, comes: { closes: [close(100)] }, told: { 'facts seen': 200 }, taken: '' },
        { at: 10, comes: { 'facts seen': [fact(90)], facts: [fact(90), mark(100)] }, taken: 'fact mark fact close' },
      ],
    ],
    [
      'is not kept back by a source of facts that has ended',
      ['facts', 'facts too', 'closes'],
      [
        { at: 0, comes: { closes: [close(100)], facts: [mark(FOREVER, 90)] }, taken: 'mark' },
        { at: 1, comes: { 'facts too': [mark(FOREVER, 91)] }, taken: 'mark mark close' },
        { at: 2, comes: { closes: [close(1e6)] }, taken: 'mark mark close close' },
      ],
    ],
    [
      'of a source of facts is never held: its mark lies behind it',
      ['facts', 'closes'],
      [{ at: 0, comes: { facts: [close(100), mark(90)] }, taken: 'close mark' }],
    ],
    [
      'waits for nobody where there is no source of facts',
      ['closes'],
      [{ at: 0, comes: { closes: [close(100)] }, taken: 'close' }],
    ],
  ])('%s', async (_, names, steps) => {
    const { sources, taken, move } = start(names);
    for (const step of steps) {
      move(step.at, step.told);
      for (const [name, frames] of Object.entries(step.comes)) sources[name]!.add(...frames);
      const expected = step.taken === '' ? [] : step.taken.split(/ (?!\d+\))/);
      await settle(taken, expected.length);
      expect(taken).toEqual(expected);
    }
  });

  it('is taken in order at the end, whatever the sources still hold', async () => {
    const { sources, taken } = start(['facts', 'closes']);
    sources.closes!.add(...[...Array(100)].map(() => close(100)));
    await settle(taken, 0);
    // As a reader does when it ends: the rest, then a mark for good.
    sources.facts!.add(...[...Array(300)].map(() => fact(90)), mark(FOREVER, 90));
    await pump!.stop();
    expect(taken).toEqual([...Array(300).fill('fact'), 'mark', ...Array(100).fill('close'), 'flush']);
  });

  it('is counted, and not waited for, when its source of facts died', async () => {
    const { sources, taken } = start(['facts', 'closes']);
    sources.facts!.add(fact(10), mark(50));
    sources.closes!.add(close(40), close(100, 7), close(110));
    await settle(taken, 3);
    expect(taken).toEqual(['fact', 'mark', 'close']);
    // The clock stands still: who waited for it would do so for ever.
    await pump!.stop();
    expect(taken.slice(3)).toEqual(['unordered(1, 7)', 'close', 'unordered(1, 1)', 'close', 'flush']);
  });

  it('does not keep the pump awake while it waits', async () => {
    const { sources, taken } = start(['facts', 'closes']);
    sources.closes!.add(close(100));
    await settle(taken, 0);
    const before = sources.closes!.asked;
    await new Promise((resolve) => setTimeout(resolve, 4 * HELD_MS));
    expect(sources.closes!.asked - before).toBeLessThan(20);
  });

  it('fails the pump when the pipeline throws at its count, and stays where it is', async () => {
    const closes = new ListedSource(1);
    const failures: unknown[] = [];
    const pushed: number[] = [];
    let now = 0;
    pump = new Pump({
      sources: [new ListedSource(0), closes],
      pipeline: {
        push: ({ kind }) => {
          pushed.push(kind);
          throw new Error('no');
        },
        drained: () => {},
        creditOpen: true,
      },
      intervalMs: 1e9,
      failed: (error) => failures.push(error),
      joins: { kinds: new Set([CLOSE]), factSources: [{ frames: new ListedSource(2) }], now: () => now },
    });
    pump.start();
    closes.add(close(100));
    await settle(pushed, 0);
    now = HELD_MS;
    await settle(failures, 1);
    expect(failures).toEqual([new Error('no')]);
    expect(pushed).toEqual([CORE_KIND.unordered]);
  });
});
