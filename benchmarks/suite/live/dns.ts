import type { Benchmark, Context } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { atMost, type FigureInput } from '../../harness/figure.js';
import { idleInTurn } from './idle-in-turn.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';

/** The load's CPU, and the tracer's. */
const LOAD_CPU = 0;
const TRACER_CPU = 1;

const OFF = ['-o', 'avro'];
const ON = ['-o', 'avro', '--with', 'dns'];

/** What is done without any DNS in it, and how many µs of it DNS may take. */
const WORKLOADS = [
  { label: 'connect + accept + close', flags: ['connect'], limit: 0.9 },
  { label: 'UDP echo of 64 B', flags: ['udp-echo', '64'], limit: 0.5 },
  { label: 'TCP echo of 64 B', flags: ['tcp-echo', '64'], limit: undefined },
] as const;

/** µs per turn of each workload, 5th percentile of 5 ms slices, by round. */
type Costs = number[][];

async function measure(flags: readonly string[], costs: Costs, seconds: number): Promise<void> {
  const tracer = await RunningTracer.conntrail([...flags], { cpu: TRACER_CPU });
  for (const [i, workload] of WORKLOADS.entries()) {
    const rest = [String(seconds), String(LOAD_CPU), ...workload.flags];
    costs[i]!.push(Number(await run({ file: load('slices'), arguments: rest })) / 1000);
  }
  await tracer.stop();
}

async function measureRounds({ rounds, smoke }: Context): Promise<[off: Costs, on: Costs]> {
  const empty = (): Costs => WORKLOADS.map(() => []);
  const both: [Costs, Costs] = [empty(), empty()];
  const seconds = smoke ? 0.1 : 2;
  for (let round = 0; round < rounds; round++) {
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) await measure(i === 0 ? OFF : ON, both[i]!, seconds);
  }
  return both;
}

/** As live-overhead: the best round of 5 ms slices, both ways in turn. */
export const liveDns: Benchmark = {
  name: 'live-dns',
  title: 'what DNS adds to observe, where there is none: connections, echoes, CPU when idle',
  async run(context) {
    await requireLive();
    const [off, on] = await measureRounds(context);
    const added = WORKLOADS.map(({ label, limit }, i): FigureInput => {
      const [alone, beside] = [Math.min(...off[i]!), Math.min(...on[i]!)];
      return {
        name: `${label}, added`,
        unit: 'µs',
        rounds: on[i]!.map((cost) => cost - alone),
        value: beside - alone,
        note: `${alone.toFixed(2)} µs without, ${beside.toFixed(2)} µs with DNS`,
        ...(limit === undefined ? {} : { target: atMost(limit) }),
      };
    });
    const [without, beside] = await idleInTurn([OFF, ON], context);
    return [
      ...added,
      {
        name: 'CPU when idle, added',
        unit: '% of a core',
        rounds: beside.map((cpu, i) => cpu - without[i]!),
        target: atMost(0.1),
        note: `${Math.min(...without).toFixed(2)} % without, ${Math.min(...beside).toFixed(2)} % with DNS, at the least`,
      },
    ];
  },
};
