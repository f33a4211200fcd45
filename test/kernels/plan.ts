/** What is done in one boot. The guest's program (guest/main.py) takes it as JSON. */
import { CHECKS } from '../../src/cli/checks.js';
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
  /** Features that are run alone, each as a check. */
  readonly checks: readonly string[];
  /** Queries of DNS, with the feature on. */
  readonly dns: boolean;
  /** Connections while the reader stands still; 0: none. */
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

/**
 * CONNTRAIL_MATRIX, full: each variant, and more of some kinds; short: what hardly differs between kernels, on some of them only;
 * words: doctor's words only, with each variant; dns: DNS only.
 */
const MATRIX = process.env.CONNTRAIL_MATRIX;
export const FULL = MATRIX === 'full';
export const WORDS = MATRIX === 'words';
const DNS = MATRIX === 'dns';

/** What a short run does on these kernels only: each of them differs in it from those that are left out, or else one stands for all. */
const SHORT = {
  perf: ['6.1'],
  burst: ['6.12'],
  'no-btf': ['6.18'],
  oom_kills: ['5.10', '6.1', 'newest'],
  vlan: ['6.1', 'newest'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** @param kernel its name */
export const isDone = (part: keyof typeof SHORT, kernel: string): boolean =>
  MATRIX !== 'short' || SHORT[part].some((name) => name === kernel);

/** @param name of the kernel; the newest one is as new as any */
export function planOf(name: string): Plan {
  const preemptible = name === 'newest' || compareVersions(name, '7.0') >= 0;
  const many = FULL && name === '6.1' ? MOST : MANY;
  const always = { dns: !WORDS, lossy: 'ring', words: WORDS, refusal: 4 } as const;
  if (DNS) return { ...always, runs: [], checks: [], burst: 0, variants: [] };
  const ring: Run = {
    name: 'ring',
    options: ['--transport', 'ring'],
    many,
    exchanges: preemptible ? STRESS : EXCHANGES,
    kill: true,
    calls: true,
  };
  const perf: Run = {
    name: 'perf',
    options: ['--transport', 'perf'],
    many: FEW,
    exchanges: EXCHANGES,
    kill: false,
    calls: false,
  };
  return {
    ...always,
    runs: isDone('perf', name) ? [ring, perf] : [ring],
    checks: CHECKS.map((feature) => feature.name),
    burst: isDone('burst', name) ? BURST : 0,
    variants: FULL || WORDS ? VARIANTS : isDone('no-btf', name) ? QUICK : [],
  };
}
