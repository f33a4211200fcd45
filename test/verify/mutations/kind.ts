import { xorshift } from '../../encoding/random-connections.js';

/** How much of a kind of damage `verify` finds. */
export type Found = 'all' | 'some' | 'none';

/** One kind of damage, as docs/verification.md has it. */
export interface Kind<T> {
  title: string;
  found: Found;
  /** How many of it are tried. */
  tries: number;
  /** Damages a copy; null when this draw makes no damage. */
  damage(output: T, random: Random): T | null;
}

/** A whole number from 0, below the bound; the same row for one seed. */
export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
  const next = xorshift(seed);
  return (below) => next() % below;
}

export function pick<T>(values: readonly T[], random: Random): T {
  return values[random(values.length)]!;
}

/** Flips one bit. */
export function flip(bytes: Uint8Array, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  copy[random(copy.length)]! ^= 1 << random(8);
  return copy;
}
