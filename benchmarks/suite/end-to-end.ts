import type { Benchmark, Context } from '../harness/benchmark.js';
import type { Command } from '../harness/child.js';
import { atLeast, type FigureInput, type Target } from '../harness/figure.js';
import { agree, column, interleave, type Rounds, type Subjects } from '../harness/rounds.js';
import { speedRatios } from '../harness/statistics.js';
import { inputFile } from '../input/inputs.js';
import { rates } from './rates.js';
import { subject } from './subjects.js';

/** What all peers must agree in: every record was read, deduplicated, added up and written alike. */
const CHECKSUMS = ['records', 'emitted', 'bytes', 'crc', 'sum', 'kept', 'discarded', 'repeated', 'late', 'open'];
const RECORDS = 3_000_000;
const SMOKE_RECORDS = 60_000;
/** Untimed part before, in records: about what the compilers need to settle. */
const WARM_RECORDS = 500_000;

export interface EndToEndCase {
  connections: number;
  perFrame: number;
  avro: boolean;
  ring: boolean;
  targets: { go?: Target; c?: Target };
  label: string;
}

/** Records of a full frame. */
export const PAGE = 22;

/** Subjects of a case on an input. */
export type Commands = (path: string, test: EndToEndCase, context: Context) => Record<string, Command>;

/** TypeScript and its peers. */
export function commands(path: string, test: EndToEndCase, { peers, smoke }: Context): Record<string, Command> {
  const warm = smoke ? 100 : Math.round(WARM_RECORDS / Math.min(test.perFrame, PAGE));
  const avro = test.avro ? 'yes' : 'no';
  const ring = test.ring ? 'yes' : 'no';
  const max = Math.max(1 << 20, 2 * test.connections);
  const flags = (dash: string): string[] => [
    ...(test.avro ? [] : [`${dash}no-avro`]),
    ...(test.ring ? [] : [`${dash}no-ring`]),
  ];
  const list: Record<string, Command> = {
    typescript: subject('end-to-end', { input: path, warm, avro, ring, max }),
  };
  if (peers.go) {
    list.go = { file: peers.go, arguments: ['end-to-end', path, ...flags('-'), '-warm', String(warm)] };
  }
  if (peers.c) {
    list.c = { file: peers.c, arguments: ['end-to-end', path, ...flags('--'), '--warm', String(warm)] };
  }
  return list;
}

/** The option of the peers; TypeScript subjects have one of their own. */
const CHECK: Readonly<Record<string, string>> = { go: '-check', c: '--check' };

/** One untimed run of each over a smaller input, in which every byte is in the checksum. */
async function checkEveryByte(test: EndToEndCase, context: Context, commands: Commands): Promise<void> {
  const records = context.smoke ? SMOKE_RECORDS : RECORDS / 4;
  const connections = Math.min(test.connections, Math.floor(records / 4));
  const path = inputFile({ records, connections, perFrame: test.perFrame });
  const subjects: Subjects = Object.fromEntries(
    Object.entries(commands(path, test, { ...context, smoke: true })).map(([name, command]) => {
      return [name, { ...command, arguments: [...command.arguments, CHECK[name] ?? '--check=yes'] }];
    }),
  );
  agree(await interleave(subjects, 1), CHECKSUMS);
}

/** Measures one case and returns the rounds of all subjects: TypeScript and its peers, or others. */
export async function measureCase(
  test: EndToEndCase,
  context: Context,
  subjects: Commands = commands,
): Promise<Rounds> {
  await checkEveryByte(test, context, subjects);
  const records = context.smoke ? SMOKE_RECORDS : RECORDS;
  const connections = context.smoke ? Math.min(test.connections, SMOKE_RECORDS / 4) : test.connections;
  const path = inputFile({ records, connections, perFrame: test.perFrame });
  const rounds = await interleave(subjects(path, test, context), context.rounds);
  agree(rounds, CHECKSUMS);
  return rounds;
}

/** The ratios of a case. */
export function caseFigures(test: EndToEndCase, rounds: Rounds): FigureInput[] {
  const own = column(rounds, 'typescript', 'seconds');
  return (['go', 'c'] as const)
    .filter((peer) => rounds[peer] !== undefined)
    .map((peer) => {
      const ratios = speedRatios(own, column(rounds, peer, 'seconds'));
      const target = test.targets[peer];
      const name = `${test.label}: TypeScript / ${peer === 'go' ? 'Go' : 'C'}`;
      return { name, unit: '×', rounds: ratios, note: rates(rounds), ...(target && { target }) };
    });
}

function benchmark(name: string, title: string, cases: readonly EndToEndCase[]): Benchmark {
  return {
    name,
    title,
    async run(context) {
      const figures: FigureInput[] = [];
      for (const test of cases) figures.push(...caseFigures(test, await measureCase(test, context)));
      return figures;
    },
  };
}

const page = { perFrame: PAGE, avro: true, ring: true };

export const endToEnd = benchmark('end-to-end', 'ring → dedup → table → Avro of every record, against Go and C', [
  { ...page, connections: 100_000, label: '100 k connections', targets: { go: atLeast(1.0), c: atLeast(0.45) } },
  { ...page, connections: 900_000, label: '900 k connections', targets: { go: atLeast(1.4) } },
]);

export const batchesOf3 = benchmark('batches-of-3', 'the same in frames of three records', [
  { ...page, perFrame: 3, connections: 100_000, label: '100 k connections', targets: { go: atLeast(0.65) } },
]);

export const withoutAvro = benchmark('without-avro', 'ring → dedup → table, records only added up', [
  { ...page, avro: false, connections: 100_000, label: '100 k connections', targets: { go: atLeast(1.3) } },
]);

export const table = benchmark('table', 'dedup → table on one thread, no ring, no Avro', [
  { ...page, avro: false, ring: false, connections: 100_000, label: '100 k connections', targets: {} },
  { ...page, avro: false, ring: false, connections: 900_000, label: '900 k connections', targets: {} },
]);

export const smallFrames = benchmark('small-frames', 'frames of one record, 176 bytes: the size of a DNS answer', [
  { ...page, perFrame: 1, connections: 100_000, label: '100 k connections', targets: {} },
]);
