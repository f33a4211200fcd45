import type { Benchmark } from '../harness/benchmark.js';
import { number } from '../harness/child.js';
import { atMost, type FigureInput } from '../harness/figure.js';
import { interleave } from '../harness/rounds.js';
import { inputFile } from '../input/inputs.js';
import { subject } from './subjects.js';

export const paced: Benchmark = {
  name: 'paced',
  title: 'CPU of the whole process, reader thread included, at a given pace; every record encoded',
  async run({ rounds, smoke }) {
    const figures: FigureInput[] = [];
    const cases = [
      { rate: 100_000, records: 500_000, target: atMost(13) },
      { rate: 1_000_000, records: 3_000_000, target: atMost(60) },
    ];
    for (const { rate, records, target } of cases) {
      const input = inputFile({
        records: smoke ? 60_000 : records,
        connections: smoke ? 15_000 : 100_000,
        perFrame: 22,
      });
      const results = await interleave(
        { typescript: subject('end-to-end', { input, rate, warm: smoke ? 100 : 20_000 }) },
        rounds,
      );
      const share = results.typescript!.map((r) => (number(r, 'cpuSeconds') / number(r, 'seconds')) * 100);
      const pace = results.typescript!.map((r) => number(r, 'records') / number(r, 'seconds'));
      const note = `paced at ${Math.round(Math.min(...pace) / 1000)} k/s`;
      figures.push({ name: `${rate / 1000} k records/s`, unit: '% of a core', rounds: share, target, note });
    }
    return figures;
  },
};
