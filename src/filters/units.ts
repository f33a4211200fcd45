import { ConntrailError } from '../errors.js';

const DURATIONS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6 };
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  kib: 2 ** 10,
  kb: 1e3,
  m: 2 ** 20,
  mib: 2 ** 20,
  mb: 1e6,
  g: 2 ** 30,
  gib: 2 ** 30,
  gb: 1e9,
};

/**
 * `10s`, `250ms`, `1h30m` as µs; a bare number is seconds.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function microseconds(text: string): number {
  const lower = text.toLowerCase();
  if (/^\d+(\.\d+)?$/.test(lower)) return within(Number(lower) * 1e6, text);
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h|d))+$/.test(lower)) throw wrong(text, 'a duration such as 250ms, 10s or 1h30m');
  let total = 0;
  for (const [, number, unit] of lower.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g))
    total += Number(number) * DURATIONS[unit!]!;
  return within(total, text);
}

/**
 * `65536`, `64KiB`, `8M` as bytes; a bare number is bytes. K, M and G are binary, KB, MB and GB decimal.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const factor = SIZES[match?.[2]?.toLowerCase() ?? '?'];
  if (match === null || factor === undefined) throw wrong(text, 'a size such as 65536, 64KiB or 8M');
  return within(Number(match[1]) * factor, text);
}

/**
 * A whole number from 0 to `most`.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function whole(text: string, what: string, most: number = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) throw wrong(text, `${what}: a whole number, at most ${most}`);
  return value;
}

/** The one error of whoever reads a word: what it was, and what it could have been. */
export function wrong(text: string, expected: string): ConntrailError {
  return new ConntrailError('CONNTRAIL_OPTION', `${JSON.stringify(text)} is not ${expected}.`);
}

function within(value: number, text: string): number {
  const rounded = Math.round(value);
  if (rounded < 1) throw new ConntrailError('CONNTRAIL_OPTION', `${text} is too little: give more than nothing.`);
  if (!Number.isSafeInteger(rounded)) throw new ConntrailError('CONNTRAIL_OPTION', `${text} is too much: give less.`);
  return rounded;
}
