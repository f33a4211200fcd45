import { type Benchmark, Skipped } from '../harness/benchmark.js';
import type { Command } from '../harness/child.js';
import type { FigureInput } from '../harness/figure.js';
import { BUILD, ROOT } from '../harness/peers.js';
import { column } from '../harness/rounds.js';
import { speedRatios } from '../harness/statistics.js';
import { buildKernels, type Kernels } from '../prototypes/build-kernels.js';
import { type Commands, commands, type EndToEndCase, measureCase, PAGE } from './end-to-end.js';
import { rates } from './rates.js';

const NAMES: Readonly<Record<string, string>> = { wasm: 'WebAssembly', addon: 'addon', c: 'C peer' };

/** The product, its table and encoder replaced by C in two ways, and for reference all of it in C. */
function commandsWith({ wasm, addon }: Kernels): Commands {
  return (input, test, context) => {
    const { typescript, c } = commands(input, test, context);
    const by = (mode: string, kernel: string): Command => ({
      ...typescript!,
      arguments: [...typescript!.arguments, `--mode=${mode}`, `--kernel=${kernel}`],
    });
    return {
      typescript: typescript!,
      ...(wasm && { wasm: by('wasm', wasm) }),
      ...(addon && { addon: by('addon', addon) }),
      ...(c && { c }),
    };
  };
}

function benchmark(name: string, title: string, cases: readonly EndToEndCase[]): Benchmark {
  return {
    name,
    title,
    async run(context) {
      const kernels = await buildKernels(ROOT, `${BUILD}kernels`);
      if (!kernels.wasm && !kernels.addon) throw new Skipped(kernels.missing.join('; '));
      for (const line of kernels.missing) process.stderr.write(`  skipped, because ${line}\n`);
      const figures: FigureInput[] = [];
      for (const test of cases) {
        const rounds = await measureCase(test, context, commandsWith(kernels));
        const own = column(rounds, 'typescript', 'seconds');
        for (const peer of Object.keys(rounds).filter((peer) => peer !== 'typescript')) {
          figures.push({
            name: `${test.label}: ${NAMES[peer]} / TypeScript`,
            unit: '×',
            rounds: speedRatios(column(rounds, peer, 'seconds'), own),
            note: rates(rounds),
          });
        }
      }
      return figures;
    },
  };
}

const page = { perFrame: PAGE, avro: true, targets: {} };
const sizes = [
  { connections: 100_000, label: '100 k connections' },
  { connections: 900_000, label: '900 k connections' },
];

export const kernels = benchmark(
  'kernels',
  'prototypes: end to end with table and encoder in C, as WebAssembly and in an addon',
  sizes.map((size) => ({ ...page, ...size, ring: true })),
);

export const kernelsAlone = benchmark(
  'kernels-alone',
  'the same on one thread, no ring',
  sizes.map((size) => ({ ...page, ...size, ring: false })),
);
