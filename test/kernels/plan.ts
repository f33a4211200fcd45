/** What is done in one boot. The guest's program (guest/main.py) takes it as JSON. */
import { compareVersions } from '../../src/kernel/kernel-version.js';

/** One run of the tracer under all kinds of traffic. */
interface Run {
  readonly name: 'perf' | 'ring';
  readonly options: readonly string[];
  /** Connections over veth with RPS. */
  readonly many: number;
  /** Of each of the pairs that contend for one CPU. */
  readonly exchanges: number;
  /** A process is killed for want of memory. */
  readonly kill: boolean;
  /** UDP calls that are not one datagram each; once a boot. */
  readonly calls: boolean;
}

export interface Plan {
  readonly runs: readonly Run[];
  /** Connections while the reader stands still. */
  readonly burst: number;
  /** Transport of that run. */
  readonly lossy: 'perf' | 'ring';
  /** What is taken away from the kernel afterwards (guest/variants.py). */
  readonly variants: readonly Variant[];
  /** The tracer is not run. */
  readonly words: boolean;
  /** Exit status of doctor where nothing can be traced. */
  readonly refusal: number;
}

export const VARIANTS = [
  'no-btf',
  'no-cgroup2',
  'two-capabilities',
  'lockdown-integrity',
  'lockdown-confidentiality',
] as const;
export type Variant = (typeof VARIANTS)[number];

/** Without type information nothing is loaded, so that this one takes no time. */
const QUICK: readonly Variant[] = ['no-btf'];

/** Connections that are accepted; of a full run, on the kernel that once kept a slot for each. */
const MANY = 2000;
const MOST = 20_000;
const FEW = 400;
/** Where tasks are preempted within tracepoint programs (7.0), 36,000 datagrams between 12 ends; elsewhere only that nothing is amiss. */
const STRESS = 3000;
const EXCHANGES = 300;
const BURST = 1500;

/** CONNTRAIL_MATRIX, full: each variant, and more of some kinds; words: doctor's words only, with each variant. */
const MATRIX = process.env.CONNTRAIL_MATRIX;
const FULL = MATRIX === 'full';
export const WORDS = MATRIX === 'words';

/** @param name of the kernel; the newest one is as new as any */
export function planOf(name: string): Plan {
  const preemptible = name === 'newest' || compareVersions(name, '7.0') >= 0;
  const many = FULL && name === '6.1' ? MOST : MANY;
  return {
    runs: [
      {
        name: 'ring',
        options: ['--transport', 'ring'],
        many,
        exchanges: preemptible ? STRESS : EXCHANGES,
        kill: true,
        calls: true,
      },
      { name: 'perf', options: ['--transport', 'perf'], many: FEW, exchanges: EXCHANGES, kill: false, calls: false },
    ],
    burst: BURST,
    lossy: 'ring',
    variants: FULL || WORDS ? VARIANTS : QUICK,
    words: WORDS,
    refusal: 4,
  };
}
