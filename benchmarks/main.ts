/**
 * `npm run bench`: runs benchmarks and prints one table. Exit status 1 when subjects did not do the same work or one failed, 2 on usage.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Benchmark, type Context, Skipped } from './harness/benchmark.js';
import { type Figure, figure } from './harness/figure.js';
import { describeMachine } from './harness/machine.js';
import { buildPeers, ROOT } from './harness/peers.js';
import { digits, markdown, targetText } from './harness/table.js';
import { drawResults } from './results/draw.js';
import { BENCHMARKS } from './suite/index.js';

const ROUNDS = 5;
const RESULTS = `${ROOT}benchmarks/results/`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function usage(message: string): never {
  say(`${message}\nusage: npm run bench -- [NAME...] [--smoke] [--rounds N] [--json FILE] [--list]`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        smoke: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        json: { type: 'string' },
      },
    });
  } catch (error) {
    usage((error as Error).message);
  }
}

function choose(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) usage(`no benchmark is called ${unknown}; --list names them`);
  return names.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ name }) => names.includes(name));
}

const { values, positionals } = parse();
if (values.list) {
  for (const { name, title } of BENCHMARKS) console.log(`${name.padEnd(18)}${title}`);
  process.exit(0);
}
const rounds = Number(values.rounds ?? (values.smoke ? 1 : ROUNDS));
if (!Number.isInteger(rounds) || rounds < 1) usage('--rounds wants a whole number from 1');
const chosen = choose(positionals);
const peers = await buildPeers();
for (const line of peers.missing) say(`skipped, because ${line}`);
const context: Context = { rounds, smoke: values.smoke, peers };

const figures: Figure[] = [];
const skipped: string[] = [];
for (const benchmark of chosen) {
  say(`${benchmark.name}: ${benchmark.title}`);
  try {
    for (const input of await benchmark.run(context)) {
      const one = figure(benchmark.name, input, !values.smoke);
      figures.push(one);
      const verdict = one.met === null ? '' : one.met ? '  met' : '  MISSED';
      say(`  ${one.name}: ${digits(one.median)} ${one.unit}  ${targetText(one)}${verdict}  ${one.note}`);
    }
  } catch (error) {
    if (error instanceof Skipped) {
      skipped.push(`${benchmark.name}: skipped, because ${error.message}`);
      say(`  skipped, because ${error.message}`);
      continue;
    }
    say(`  failed: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

const machine = describeMachine(peers.versions);
const text = markdown(figures, machine, skipped);
const document = `${JSON.stringify({ machine, rounds, smoke: values.smoke, figures, skipped }, null, 1)}\n`;
console.log(text);
if (values.json !== undefined) writeFileSync(values.json, document);
if (chosen === BENCHMARKS && !values.smoke && process.exitCode === undefined) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}latest.json`, document);
  writeFileSync(`${RESULTS}latest.md`, text);
  writeFileSync(`${RESULTS}latest.svg`, drawResults(figures));
}
