import { ConntrailError } from './errors.js';

/** One part of an end: it may throw, it may hang; what comes after it is tried all the same. */
export interface TeardownStep {
  /** What it does, for the sentence that says that it failed: `detach the hooks`. */
  readonly name: string;
  /** ms after which it is left alone; null: not before all of it is overdue. It may still come to an end later; nobody looks. */
  readonly deadlineMs: number | null;
  readonly run: () => unknown;
  /** Is called when its time is over, before the next step. A true result says that it has told so by itself. */
  readonly late?: (() => unknown) | undefined;
}

/**
 * Runs all steps, one after the other, whatever becomes of each. Never rejects.
 *
 * @param failed is called with CONNTRAIL_TEARDOWN for each step that threw or took too long; it must not throw
 * @param overdue aborting it ends the time of the step that runs and of all that follow; each of those is still begun
 */
export async function tearDown(
  steps: readonly TeardownStep[],
  failed: (error: ConntrailError) => void,
  overdue?: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    try {
      if (await inTime(step, overdue)) continue;
      if (step.late?.() === true) continue;
      failed(new ConntrailError('CONNTRAIL_TEARDOWN', `Stopping took too long to ${step.name}; the rest was ended.`));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const sentence = `Stopping failed to ${step.name} (${reason.replace(/\.$/, '')}); the rest was ended.`;
      failed(cause instanceof ConntrailError ? cause : new ConntrailError('CONNTRAIL_TEARDOWN', sentence, { cause }));
    }
  }
}

/** Whether the step came to its end in its time. Rejects with what the step throws. */
async function inTime({ run, deadlineMs }: TeardownStep, overdue: AbortSignal | undefined): Promise<boolean> {
  let over!: () => void;
  const late = new Promise<boolean>((resolve) => {
    over = () => resolve(false);
  });
  // Referenced: the process must not end in the middle of a stop.
  const timer = deadlineMs === null ? undefined : setTimeout(over, deadlineMs);
  overdue?.addEventListener('abort', over, { once: true });
  try {
    const done = Promise.resolve(run()).then(() => true);
    // What has ended already counts as in time; what has not has none left.
    if (overdue?.aborted) setImmediate(over);
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
    overdue?.removeEventListener('abort', over);
  }
}
