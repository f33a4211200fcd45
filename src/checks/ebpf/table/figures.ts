/**
 * Numbers for people, in as little room as they can do with.
 * @module
 */
import { humanBytes, withUnit } from '../../../table/human.js';

/** Of what is not known. */
export const UNKNOWN = '-';

/** A count in at most five characters: `0`, `99999`, `123K`, `1.2M`; units are decimal. */
export function humanCount(count: number | null): string {
  if (count === null) return UNKNOWN;
  if (count < 9.995) return String(Math.round(count * 100) / 100);
  if (count < 99_999.5) return count.toFixed(0);
  return withUnit(count, 1000);
}

/** A share of a core in per cent: `0`, `0.004`, `12.3`, `250`; at most five characters below 100,000 cores. */
export function humanShare(share: number | null): string {
  if (share === null) return UNKNOWN;
  const percent = share * 100;
  if (percent === 0) return '0';
  if (percent < 0.0005) return '<.001';
  if (percent < 9.9995) return percent.toFixed(3);
  return percent.toFixed(percent < 99.95 ? 1 : 0);
}

/** A part of a whole in per cent: `0`, `7.2`, `64`, `100`: 100 is all of it, 0 none. */
export function humanPart(part: number | null): string {
  if (part === null) return UNKNOWN;
  const percent = part * 100;
  if (percent === 0 || percent >= 100) return percent.toFixed(0);
  if (percent < 0.05) return '<.1';
  return percent < 9.95 ? percent.toFixed(1) : String(Math.min(99, Math.round(percent)));
}

export const bytes = (count: number | null): string => (count === null ? UNKNOWN : humanBytes(count));

/** What the kernel accounts for; `~` before what is only worked out. */
export function memory({ memoryKernel, memoryModel }: Memory): string {
  return memoryKernel === null && memoryModel !== null ? `~${humanBytes(memoryModel)}` : bytes(memoryKernel);
}

export interface Memory {
  readonly memoryKernel: number | null;
  readonly memoryModel: number | null;
}
