import { expect, test, vi } from 'vitest';
import { StopSignals } from '../../src/cli/stop-signals.js';

const DAY_MS = 86_400_000;

test.each([
  ['a second', 1000],
  ['a month, which is more than a timer takes', 30 * DAY_MS],
])('stops after %s, and not before', (_, ms) => {
  vi.useFakeTimers();
  try {
    using signals = new StopSignals();
    signals.after(ms);
    vi.advanceTimersByTime(ms - 1);
    expect(signals.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signals.signal.aborted).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

/** What a process that got these signals, one after the other, would do. */
function got(...names: (NodeJS.Signals | 'stop')[]) {
  const ended: number[] = [];
  vi.useFakeTimers();
  try {
    using signals = new StopSignals((status) => ended.push(status));
    for (const name of names) {
      if (name === 'stop') signals.stop();
      else process.emit(name, name);
    }
    const before = signals.overdue.aborted;
    vi.advanceTimersByTime(5000);
    return { stops: signals.signal.aborted, atOnce: ended, overdue: [before, signals.overdue.aborted] };
  } finally {
    vi.useRealTimers();
  }
}

test.each([
  ['SIGINT', false],
  ['SIGTERM', true],
  ['SIGHUP', true],
  ['stop', false],
] as const)('%s stops in order; whether that is overdue in the end: %s', (name, isOverdue) => {
  expect(got(name)).toEqual({ stops: true, atOnce: [], overdue: [false, isOverdue] });
});

test.each([
  [['SIGINT', 'SIGINT'], 130],
  [['SIGTERM', 'SIGTERM'], 143],
  [['SIGHUP', 'SIGHUP'], 129],
  [['SIGINT', 'SIGTERM'], 143],
  [['SIGTERM', 'SIGINT'], 130],
  [['stop', 'SIGINT'], 130],
] as const)('%j ends at once: exit %d', (names, status) => {
  expect(got(...names).atOnce).toEqual([status]);
});

test('SIGTERM is the first signal of a run that ends by itself', () => {
  expect(got('stop', 'SIGTERM')).toEqual({ stops: true, atOnce: [], overdue: [false, true] });
});
