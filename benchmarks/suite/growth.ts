import type { Benchmark } from '../harness/benchmark.js';
import { number } from '../harness/child.js';
import { atMost } from '../harness/figure.js';
import { interleave } from '../harness/rounds.js';
import { inputFile } from '../input/inputs.js';
import { rates } from './rates.js';
import { subject } from './subjects.js';

export const growth: Benchmark = {
  name: 'growth',
  title: 'cost per record as connections grow from 10 k to 1 M, end to end and without Avro',
  async run({ rounds, smoke }) {
    const records = smoke ? 60_000 : 3_000_000;
    const few = inputFile({ records, connections: smoke ? 1000 : 10_000, perFrame: 22 });
    const many = inputFile({ records, connections: smoke ? 15_000 : 1_000_000, perFrame: 22 });
    const common = { warm: smoke ? 100 : 20_000, max: 1 << 21 };
    const figures = [];
    for (const avro of ['yes', 'no']) {
      const results = await interleave(
        {
          '10 k': subject('end-to-end', { input: few, avro, ...common }),
          '1 M': subject('end-to-end', { input: many, avro, ...common }),
        },
        rounds,
      );
      const cost = (name: string, round: number): number =>
        number(results[name]![round]!, 'seconds') / number(results[name]![round]!, 'records');
      const ratios = results['1 M']!.map((_, round) => cost('1 M', round) / cost('10 k', round));
      const name = `1 M / 10 k, ${avro === 'yes' ? 'end to end' : 'without Avro'}`;
      figures.push({
        name,
        unit: '×',
        rounds: ratios,
        note: rates(results),
        ...(avro === 'yes' && { target: atMost(1.8) }),
      });
    }
    return figures;
  },
};
