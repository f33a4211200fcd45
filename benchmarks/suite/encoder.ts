import type { Benchmark } from '../harness/benchmark.js';
import { atLeast, type FigureInput } from '../harness/figure.js';
import { agree, column, interleave, type Subjects } from '../harness/rounds.js';
import { speedRatios } from '../harness/statistics.js';
import { inputFile } from '../input/inputs.js';
import { rates } from './rates.js';
import { subject } from './subjects.js';

const RECORDS = 300_000;
const REPEAT = 10;
/** avsc is slower by an order of magnitude; fewer records keep its turn as long as the others'. */
const AVSC_RECORDS = 100_000;

/** Both encoders of one comparison read the same records. */
function subjects(input: string, records: number, repeat: number, other: 'c' | 'avsc', peer: string | null): Subjects {
  const own = subject('encoder', { input, records, repeat });
  if (other === 'avsc')
    return { typescript: own, avsc: subject('encoder', { input, records, repeat, encoder: 'avsc' }) };
  if (peer === null) return { typescript: own };
  const flags = ['--records', String(records), '--repeat', String(repeat)];
  return { typescript: own, c: { file: peer, arguments: ['encode', input, ...flags] } };
}

export const encoder: Benchmark = {
  name: 'encoder',
  title: 'the generated Avro encoder alone, against C and avsc.toBuffer',
  async run({ rounds, smoke, peers }) {
    const input = inputFile({
      records: smoke ? 60_000 : 1_000_000,
      connections: smoke ? 15_000 : 100_000,
      perFrame: 22,
    });
    const figures: FigureInput[] = [];
    const compare = async (other: 'c' | 'avsc', records: number, repeat: number, least: number, name: string) => {
      const results = await interleave(
        subjects(input, smoke ? 5000 : records, smoke ? 1 : repeat, other, peers.c),
        rounds,
      );
      agree(results, ['records', 'bytes', 'crc']);
      if (results[other] === undefined) return;
      const ratios = speedRatios(column(results, 'typescript', 'seconds'), column(results, other, 'seconds'));
      figures.push({ name, unit: '×', rounds: ratios, target: atLeast(least), note: rates(results) });
    };
    await compare('c', RECORDS, REPEAT, 0.42, 'TypeScript / C');
    await compare('avsc', AVSC_RECORDS, 3, 8, 'TypeScript / avsc.toBuffer');
    return figures;
  },
};
