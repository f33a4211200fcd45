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
