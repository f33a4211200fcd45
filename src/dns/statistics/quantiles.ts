import { DDSketch } from '@datadog/sketches-js';
import type { LatencySource } from '../dns-statistics-source.js';
import { ACCURACY, type LatencyBins } from './latency-bins.js';

/** Bins that latencies up to the longest time-out can have: 10 minutes (schemas/dns_statistics.avsc). */
const MAX_BINS = 1024;

/** A source of latencies without any. */
export function latencySource(): LatencySource {
  return {
    count: 0,
    sumUs: 0,
    minUs: 0,
    maxUs: 0,
    p50Us: 0,
    p90Us: 0,
    p99Us: 0,
    bins: 0,
    binIndex: new Int32Array(MAX_BINS),
    binCount: new Float64Array(MAX_BINS),
  };
}

/** Fills the source with a series: its sketch, and what that says. */
export function describe(bins: LatencyBins, series: number, source: LatencySource): void {
  source.count = bins.count[series]!;
  if (source.count === 0) return;
  source.sumUs = bins.sumUs[series]!;
  source.minUs = bins.minUs[series]!;
  source.maxUs = bins.maxUs[series]!;
  source.bins = bins.read(series, source.binIndex, source.binCount);
  const sketch = new DDSketch({ relativeAccuracy: ACCURACY });
  let inBins = 0;
  for (let i = 0; i < source.bins; i++) {
    sketch.accept(sketch.mapping.value(source.binIndex[i]!), source.binCount[i]!);
    inBins += source.binCount[i]!;
  }
  if (inBins < source.count) sketch.accept(0, source.count - inBins);
  const within = (us: number): number => Math.min(Math.max(us, source.minUs), source.maxUs);
  source.p50Us = within(sketch.getValueAtQuantile(0.5));
  source.p90Us = within(sketch.getValueAtQuantile(0.9));
  source.p99Us = within(sketch.getValueAtQuantile(0.99));
}
