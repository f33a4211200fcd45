import { readFileSync } from 'node:fs';
import { ConntrailError } from '../errors.js';

/** Open files: those of the kernel programs are about 120, a perf buffer takes one per CPU, and Node opens its modules a hundred at a time. */
const LEAST_FILES = 256;
/** Bytes of address space: below, Node ends itself where no program can catch it. */
const LEAST_ADDRESSES = 3 * 2 ** 30;

/** What is thrown when a limit is reached while running, by its code. */
const FILES = new Set(['EMFILE', 'ENFILE']);
const MEMORY = new Set([
  'ENOMEM',
  'ERR_WORKER_OUT_OF_MEMORY',
  'ERR_WORKER_INIT_FAILED',
  'ERR_MEMORY_ALLOCATION_FAILED',
]);
const ALLOCATION = /allocation failed|out of memory/i;

/**
 * One sentence on what to do when this process may not have what conntrail needs; empty when it may, or nothing tells.
 * @param limits as in /proc/self/limits
 */
export function lackOfLimits(limits = readLimits()): string {
  const files = soft(limits, 'Max open files');
  if (files < LEAST_FILES)
    return `At most ${files} files may be open here, and ${LEAST_FILES} are needed: raise the limit (ulimit -n 1024).`;
  const addresses = soft(limits, 'Max address space');
  if (addresses < LEAST_ADDRESSES) {
    const mib = (bytes: number): number => Math.floor(bytes / 2 ** 20);
    return `At most ${mib(addresses)} MiB of address space are allowed here, and ${mib(LEAST_ADDRESSES)} are needed: raise the limit (ulimit -v unlimited).`;
  }
  return '';
}

/** What an error means that comes from a limit of this process; null for any other. */
export function asLimitError(error: unknown): ConntrailError | null {
  if (!(error instanceof Error) || error instanceof ConntrailError) return null;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (FILES.has(code)) {
    const sentence = `No more files can be opened (${code}): raise the limit (ulimit -n), or close some.`;
    return new ConntrailError('CONNTRAIL_LIMIT', sentence, { cause: error });
  }
  if (!MEMORY.has(code) && !(error instanceof RangeError && ALLOCATION.test(error.message))) return null;
  const sentence = `There is not enough memory (${code || error.message}): raise the limit (ulimit -v), or give it more.`;
  return new ConntrailError('CONNTRAIL_LIMIT', sentence, { cause: error });
}

function soft(limits: string, name: string): number {
  const [, value] = new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(limits) ?? [];
  return value === undefined ? Number.POSITIVE_INFINITY : Number(value);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
