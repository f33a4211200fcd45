import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryError } from './registry-error.js';

const FIRST_WAIT_MS = 200;
/** No wait is longer, whatever the registry asks for. */
export const MAX_WAIT_MS = 10_000;

export interface RetryOptions {
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
  /** For tests: waits, and draws from [0, 1). */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  readonly random?: () => number;
}

/**
 * Tries until it works, an error is not a passing one, or the tries are used up: then the last error. Between tries it waits a random part of
 * 0.2, 0.4, 0.8 … s, so that a fleet does not come back in step; at least what the registry asked for, and never more than 10 s.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, signal, random = Math.random } = options;
  const {
    wait = (ms: number, until?: AbortSignal) => sleep(ms, undefined, until === undefined ? {} : { signal: until }),
  } = options;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RegistryError) || !error.passing || tried >= attempts) throw error;
      const drawn = random() * FIRST_WAIT_MS * 2 ** (tried - 1);
      await wait(Math.min(MAX_WAIT_MS, Math.max(drawn, error.retryAfterMs ?? 0)), signal);
    }
  }
}
