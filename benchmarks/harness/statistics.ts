/** The middle one, or the mean of the middle two; NaN when there is none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Linear between the neighbours; NaN when there is none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Round by round: how much faster the first is than the second, by the times both took. */
export function speedRatios(seconds: readonly number[], otherSeconds: readonly number[]): number[] {
  return seconds.map((own, round) => otherSeconds[round]! / own);
}
