import type { Benchmark, Context } from '../../harness/benchmark.js';
import { run } from '../../harness/child.js';
import { atMost, type FigureInput, type Target } from '../../harness/figure.js';
import { load, requireLive } from './loads.js';
import { RunningTracer } from './tracer.js';

/** The load's CPU, and the tracer's. */
const LOAD_CPU = 0;
const TRACER_CPU = 1;

const TCPLIFE = 'tcplife';
/** What the same measurement gave elsewhere: of tcplife's 8.9 µs, 1.7. */
const TCPLIFE_SHARE = 0.19;
const CONNECT = 'connect + accept + close';

interface Workload {
  label: string;
  flags: readonly string[];
  /** Of conntrail: µs added, on a machine where a connection takes 17.5 µs untraced; and percent, anywhere. */
  added?: Target;
  percent?: Target;
}

const echo = (bytes: number): Workload => ({
  label: `echo of ${bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`}`,
  flags: ['tcp-echo', String(bytes)],
  percent: atMost(3),
});

const WORKLOADS: readonly Workload[] = [
  { label: CONNECT, flags: ['connect'], added: atMost(1.7), percent: atMost(9.7) },
  echo(64),
  echo(1024),
  echo(8192),
  echo(65536),
  { label: 'UDP echo of 64 B', flags: ['udp-echo', '64'] },
];

/** µs per turn, 5th percentile of 5 ms slices. */
async function turn(workload: Workload, seconds: number): Promise<number> {
  const flags = [String(seconds), String(LOAD_CPU), ...workload.flags];
  return Number(await run({ file: load('slices'), arguments: flags })) / 1000;
}

type Costs = Map<string, number[]>;

/** Costs per workload and round, for each tracer; `off` is none. */
async function measureRounds({ rounds, smoke, peers }: Context): Promise<Map<string, Costs>> {
  const start: Record<string, () => Promise<RunningTracer | null>> = {
    off: async () => null,
    conntrail: () => RunningTracer.conntrail(['-o', 'avro'], { cpu: TRACER_CPU }),
  };
  const { object, c, go } = peers.live;
  for (const [name, program] of [['C peer', c] as const, ['Go peer', go] as const]) {
    if (object !== null && program !== null) {
      start[name] = () => RunningTracer.peer(program, object, { cpu: TRACER_CPU });
    }
  }
  if (!peers.live.tcplife) console.error('  without tcplife, which is not here; libbpf-tools (Debian) has it');
  else start[TCPLIFE] = () => RunningTracer.tcplife({ cpu: TRACER_CPU });
  const names = Object.keys(start);
  const costs = new Map(names.map((name) => [name, new Map(WORKLOADS.map(({ label }) => [label, [] as number[]]))]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!;
      const tracer = await start[name]!();
      for (const workload of WORKLOADS) {
        if (name === TCPLIFE && workload.label !== CONNECT) continue;
        costs
          .get(name)!
          .get(workload.label)!
          .push(await turn(workload, smoke ? 0.1 : 1));
      }
      await tracer?.stop();
    }
  }
  return costs;
}

/**
 * Means on a shared machine swing by half; the 5th percentile of short slices, the best of several rounds, is stable to a percent: the slices
 * in which nobody else ran.
 */
export const liveOverhead: Benchmark = {
  name: 'live-overhead',
  title: 'what tracing adds to connections and messages, one core each; best round of 5 ms slices',
  async run(context) {
    await requireLive();
    const costs = await measureRounds(context);
    const best = (name: string, label: string): number => Math.min(...costs.get(name)!.get(label)!);
    const added = (name: string): number => best(name, CONNECT) - best('off', CONNECT);
    const share: FigureInput[] = costs.has(TCPLIFE)
      ? [
          {
            name: `conntrail / ${TCPLIFE}: ${CONNECT}, added`,
            unit: '×',
            rounds: costs
              .get('conntrail')!
              .get(CONNECT)!
              .map((cost) => (cost - best('off', CONNECT)) / added(TCPLIFE)),
            value: added('conntrail') / added(TCPLIFE),
            target: atMost(TCPLIFE_SHARE),
          },
        ]
      : [];
    const each = [...costs.keys()]
      .filter((name) => name !== 'off')
      .flatMap((name) =>
        WORKLOADS.flatMap(({ label, added, percent }): FigureInput[] => {
          if (costs.get(name)!.get(label)!.length === 0) return [];
          const off = best('off', label);
          const on = best(name, label);
          const own = name === 'conntrail';
          const note = `${off.toFixed(2)} µs untraced, ${on.toFixed(2)} µs traced`;
          const rounds = costs.get(name)!.get(label)!;
          return [
            {
              name: `${name}: ${label}, added`,
              unit: 'µs',
              rounds: rounds.map((cost) => cost - off),
              value: on - off,
              note,
              ...(own && added && { target: added }),
            },
            {
              name: `${name}: ${label}, added`,
              unit: '%',
              rounds: rounds.map((cost) => (cost / off - 1) * 100),
              value: (on / off - 1) * 100,
              ...(own && percent && { target: percent }),
            },
          ];
        }),
      );
    return [...share, ...each];
  },
};
