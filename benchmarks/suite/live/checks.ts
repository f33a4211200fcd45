import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Context } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { atMost, type FigureInput } from '../../harness/figure.js';
import { ROOT } from '../../harness/peers.js';
import { idleInTurn } from './idle-in-turn.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';
import { usage } from './usage.js';

/** The echo's CPU; that of the tracer, and of the connections that are made beside. */
const ECHO_CPU = 0;
const TRACER_CPU = 1;
const PER_SECOND = 10_000;

const ALONE = 'alone';
const CHECKED = 'with the checks';
/** Nobody takes the records of programs, so that their run-time statistics stay off. */
const UNMEASURED = 'with the checks, no run-time statistics';

interface Costs {
  /** µs per echo of 64 B: best slices, with nothing beside and with connections beside. */
  quiet: number[];
  busy: number[];
  /** Of a core, at that rate of connections, %. */
  cpu: number[];
}

/** Names of the checks there are, and of all record types but one. */
async function flagsOf(): Promise<Record<string, readonly string[]>> {
  const command = `${ROOT}bin/conntrail`;
  const words = async (...rest: string[]) =>
    (await run({ file: command, arguments: rest }))
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0]!);
  const checks = await words('check');
  const types = (await words('schema', 'list')).filter((name) => !/^(ledger|output|ebpf_program)$/.test(name));
  const on = ['-o', 'avro', '--with', checks.join(',')];
  return { [ALONE]: ['-o', 'avro'], [CHECKED]: on, [UNMEASURED]: [...on, '--records', types.join(',')] };
}

/** µs per echo of 64 B, 5th percentile of 5 ms slices. */
async function echo(seconds: number): Promise<number> {
  const flags = [String(seconds), String(ECHO_CPU), 'tcp-echo', '64'];
  return Number(await run({ file: load('slices'), arguments: flags })) / 1000;
}

async function measureRounds({ rounds, smoke }: Context, flags: Record<string, readonly string[]>) {
  const names = Object.keys(flags);
  const seconds = smoke ? 0.2 : 2;
  const costs = new Map(names.map((name): [string, Costs] => [name, { quiet: [], busy: [], cpu: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!;
      const tracer = await RunningTracer.conntrail(flags[name]!, { cpu: TRACER_CPU });
      const { quiet, busy, cpu } = costs.get(name)!;
      quiet.push(await echo(seconds));
      const flood = ['-c', `${TRACER_CPU}`, load('flood'), `${Math.ceil(seconds) + 1}`, '1', `${PER_SECOND}`];
      const connections = run({ file: 'taskset', arguments: flood });
      await sleep(200);
      const before = usage(tracer.pid).cpuNs;
      const began = performance.now();
      busy.push(await echo(seconds));
      cpu.push((usage(tracer.pid).cpuNs - before) / 1e4 / (performance.now() - began));
      await connections;
      await tracer.stop();
    }
  }
  return costs;
}

/** As live-overhead: the best round of 5 ms slices, the three ways in turn. */
export const liveChecks: Benchmark = {
  name: 'live-checks',
  title: 'what the checks add to observe: an echo, with and without 10 k connections/s beside; CPU when idle',
  async run(context) {
    await requireLive();
    const flags = await flagsOf();
    const costs = await measureRounds(context, flags);
    const best = (name: string, of: 'quiet' | 'busy'): number => Math.min(...costs.get(name)![of]);
    const added = (name: string, from: string, of: 'quiet' | 'busy', label: string, limit?: number): FigureInput => ({
      name: label,
      unit: 'µs',
      rounds: costs.get(name)![of].map((cost) => cost - best(from, of)),
      value: best(name, of) - best(from, of),
      note: `${best(from, of).toFixed(2)} µs ${from}, ${best(name, of).toFixed(2)} µs ${name}`,
      ...(limit === undefined ? {} : { target: atMost(limit) }),
    });
    const [alone, checked] = await idleInTurn([flags[ALONE]!, flags[CHECKED]!], context);
    const beside = 'with 10 k connections/s';
    return [
      added(CHECKED, ALONE, 'quiet', 'echo of 64 B, added', 0.15),
      added(CHECKED, ALONE, 'busy', `echo of 64 B ${beside}, added`, 0.15),
      added(CHECKED, UNMEASURED, 'quiet', 'echo of 64 B: run-time statistics of programs, of it'),
      added(CHECKED, UNMEASURED, 'busy', `echo of 64 B ${beside}: run-time statistics, of it`),
      {
        name: `CPU ${beside}, added`,
        unit: '% of a core',
        rounds: costs.get(CHECKED)!.cpu.map((cpu, i) => cpu - costs.get(ALONE)!.cpu[i]!),
      },
      {
        name: 'CPU when idle, added',
        unit: '% of a core',
        rounds: checked.map((cpu, i) => cpu - alone[i]!),
        target: atMost(0.1),
        note: `${Math.min(...alone).toFixed(2)} % alone, ${Math.min(...checked).toFixed(2)} % with the checks, at the least`,
      },
    ];
  },
};
