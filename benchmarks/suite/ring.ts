import type { Benchmark } from '../harness/benchmark.js';
import { number } from '../harness/child.js';
import { atLeast } from '../harness/figure.js';
import { interleave } from '../harness/rounds.js';
import { inputFile } from '../input/inputs.js';
import { rates } from './rates.js';
import { subject } from './subjects.js';

/** The ring must never be what bounds: its consumer, which reads every word, is compared with dedup and table behind it. */
export const ring: Benchmark = {
  name: 'ring',
  title: 'shared ring: records through it, against dedup and table on records in memory',
  async run({ rounds, smoke }) {
    const input = inputFile({
      records: smoke ? 60_000 : 3_000_000,
      connections: smoke ? 15_000 : 100_000,
      perFrame: 22,
    });
    const results = await interleave(
      {
        ring: subject('ring', { frames: smoke ? 20_000 : 2_000_000 }),
        aggregator: subject('end-to-end', { input, ring: 'no', avro: 'no', warm: smoke ? 100 : 20_000 }),
      },
      rounds,
    );
    const rate = (name: string, round: number): number =>
      number(results[name]![round]!, 'records') / number(results[name]![round]!, 'seconds');
    const ratios = results.ring!.map((_, round) => rate('ring', round) / rate('aggregator', round));
    return [{ name: 'ring / aggregator', unit: '×', rounds: ratios, target: atLeast(8), note: rates(results) }];
  },
};
