import { InvalidArgumentError } from 'commander';

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
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

/** `10s`, `250ms`, `1h30m` as milliseconds; a bare number is seconds. */
export function parseDuration(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return atLeastOne(Math.round(Number(text) * 1000), text);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text))
    throw new InvalidArgumentError('Give a duration such as 250ms, 10s or 1h30m.');
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(number) * DURATIONS[unit!]!;
  return atLeastOne(Math.round(total), text);
}

/** `65536`, `64KiB`, `8M` as bytes. K, M and G are binary, KB, MB and GB decimal. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const factor = SIZES[match?.[2]?.toLowerCase() ?? '?'];
  if (match === null || factor === undefined) throw new InvalidArgumentError('Give a size such as 65536, 64KiB or 8M.');
  return atLeastOne(Math.round(Number(match[1]) * factor), text);
}

/** A whole number that is not negative. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Give a whole number.');
  return value;
}

function atLeastOne(value: number, text: string): number {
  if (value < 1 || !Number.isSafeInteger(value)) throw new InvalidArgumentError(`${text} is out of range.`);
  return value;
}
