import type { Benchmark } from '../harness/benchmark.js';
import { number } from '../harness/child.js';
import { atMost } from '../harness/figure.js';
import { interleave } from '../harness/rounds.js';
import { inputFile } from '../input/inputs.js';
import { subject } from './subjects.js';

export const memory: Benchmark = {
  name: 'memory',
  title: 'bytes of the connection table per connection, 900 k connections',
  async run({ rounds, smoke }) {
    const shape = { records: smoke ? 60_000 : 3_000_000, connections: smoke ? 15_000 : 900_000, perFrame: 22 };
    const results = await interleave(
      { typescript: subject('end-to-end', { input: inputFile(shape), avro: 'no' }) },
      smoke ? 1 : Math.min(rounds, 3),
    );
    const per = (field: string): number[] =>
      results.typescript!.map((result) => number(result, field) / number(result, 'tracked'));
    return [
      {
        name: 'table',
        unit: 'B/connection',
        rounds: per('tableBytes'),
        target: atMost(160),
        note: 'entries and index',
      },
      { name: 'growth of RSS', unit: 'B/connection', rounds: per('rssGrownBytes'), note: 'everything, ring included' },
    ];
  },
};
