import type { Benchmark } from '../harness/benchmark.js';
import { atLeast } from '../harness/figure.js';
import { agree, column, interleave } from '../harness/rounds.js';
import { speedRatios } from '../harness/statistics.js';
import { inputFile } from '../input/inputs.js';
import { rates } from './rates.js';
import { subject } from './subjects.js';

export const rxjs: Benchmark = {
  name: 'rxjs',
  title: 'end to end with RxJS, against the same stages called one after another',
  async run({ rounds, smoke }) {
    const input = inputFile({
      records: smoke ? 60_000 : 3_000_000,
      connections: smoke ? 15_000 : 100_000,
      perFrame: 22,
    });
    const warm = smoke ? 100 : 20_000;
    const results = await interleave(
      {
        on: subject('end-to-end', { input, warm, mode: 'rx' }),
        off: subject('end-to-end', { input, warm, mode: 'direct' }),
      },
      rounds,
    );
    agree(results, ['records', 'emitted', 'bytes', 'crc', 'kept', 'discarded']);
    const ratios = speedRatios(column(results, 'on', 'seconds'), column(results, 'off', 'seconds'));
    return [{ name: 'on / off', unit: '×', rounds: ratios, target: atLeast(0.92), note: rates(results) }];
  },
};
