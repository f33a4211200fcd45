import type { Benchmark } from '../harness/benchmark.js';
import { atMost } from '../harness/figure.js';
import { column, interleave } from '../harness/rounds.js';
import { subject } from './subjects.js';

export const wake: Benchmark = {
  name: 'wake',
  title: 'from a frame in an idle ring to the pipeline, 1 k batches/s',
  async run({ rounds, smoke }) {
    const results = await interleave(
      { wake: subject('wake', { frames: smoke ? 200 : 5000, perSecond: 1000 }) },
      rounds,
    );
    return [
      { name: 'p50', unit: 'µs', rounds: column(results, 'wake', 'p50'), target: atMost(100) },
      { name: 'p99', unit: 'µs', rounds: column(results, 'wake', 'p99'), target: atMost(1000) },
    ];
  },
};
