import { CODECS } from '../../src/encoding/container-writer.js';
import type { Benchmark } from '../harness/benchmark.js';
import { number } from '../harness/child.js';
import type { FigureInput } from '../harness/figure.js';
import { interleave } from '../harness/rounds.js';
import { median } from '../harness/statistics.js';
import { inputFile } from '../input/inputs.js';
import { subject } from './subjects.js';

export const fileSink: Benchmark = {
  name: 'file-sink',
  title: 'end to end into a directory of container files, each codec',
  async run({ rounds, smoke }) {
    const input = inputFile({
      records: smoke ? 60_000 : 1_000_000,
      connections: smoke ? 15_000 : 100_000,
      perFrame: 22,
    });
    const subjects = Object.fromEntries(
      CODECS.map((codec) => [codec, subject('file-sink', { input, codec, warm: smoke ? 100 : 20_000 })]),
    );
    const results = await interleave(subjects, rounds);
    return CODECS.flatMap((codec): FigureInput[] => {
      const all = results[codec]!;
      const perSecond = all.map((result) => number(result, 'records') / number(result, 'seconds'));
      const dropped = median(all.map((result) => number(result, 'dropped')));
      const size = median(all.map((result) => number(result, 'fileBytes') / number(result, 'records')));
      const note = `${size.toFixed(1)} B per record, ${dropped} records dropped`;
      return [{ name: `codec ${codec}`, unit: 'records/s', rounds: perSecond, note }];
    });
  },
};
