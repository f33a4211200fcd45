import { constants } from 'node:os';
import type { Probe } from '../native/index.js';
import { type Capability, capabilityName } from './capabilities.js';
import { compareVersions } from './kernel-version.js';
import { PROBES, type ProbeName, type ProbeSpec, WAYS } from './probe-table.js';

/**
 * `missing`: this kernel has it not. `refused`: it has it, or may have, and a policy forbids it. `inconclusive`: it could not be tried.
 */
export type ProbeStatus = 'works' | 'missing' | 'refused' | 'inconclusive';

/** What became of it here. */
export interface ProbedFeature extends ProbeSpec {
  status: ProbeStatus;
  errno: number;
  /** Name of the errno, e.g. EPERM; null when it works, or was not tried. */
  error: string | null;
  /** The last words of the verifier, if it has any. */
  log: string;
  /** Why it does not work or is not known, and what to do, half a sentence; empty when it works. */
  reason: string;
}

/** What is to be known of a host to tell what a probe's outcome means. */
export interface ProbedHost {
  readonly release: string;
  /** The active level; null when that is not told. */
  readonly lockdown: string | null;
  /** Whether there is privilege for a feature that takes this capability beside the usual ones. */
  readonly privileged: (capability: Capability | undefined) => boolean;
}

const { EPERM, EACCES, ENOMEM, EMFILE, ENFILE, EAGAIN, EINTR, EBUSY, ENOSPC } = constants.errno;
/** How a kernel refuses what it has. */
const POLICY = new Set<number>([EPERM, EACCES]);
/** What comes of this process's or this machine's limits, and says nothing about the feature. */
const LIMITS = new Set<number>([ENOMEM, EMFILE, ENFILE, EAGAIN, EINTR, EBUSY, ENOSPC]);

const HIDDEN_BTF =
  'this kernel has it, but it is hidden here: make /sys/kernel/btf/vmlinux readable, in a container by a mount of the host’s /sys/kernel/btf';

const NAMES = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** What became of the probes, for those of `list`. */
export function judge(list: readonly ProbeSpec[], probes: readonly Probe[], host: ProbedHost): ProbedFeature[] {
  const results = byName(probes);
  return list.map((row) => {
    const result = results.get(row.name);
    if (result === undefined)
      return { ...row, status: 'inconclusive', errno: 0, error: null, log: '', reason: 'not tried' };
    const { errno, log } = result;
    const [status, reason] = outcome(row, result, host);
    return { ...row, status, errno, error: errno === 0 ? null : errorName(errno), log, reason };
  });
}

function outcome(row: ProbeSpec, { errno, log, cause }: Probe, host: ProbedHost): [ProbeStatus, string] {
  if (cause === 'btf') return ['inconclusive', 'not testable: this kernel’s BTF is missing or hidden'];
  if (cause === 'cgroup') return ['inconclusive', 'not testable: no cgroup v2 hierarchy is mounted'];
  if (cause === 'hidden') return ['missing', HIDDEN_BTF];
  if (errno === 0) return ['works', ''];
  if (POLICY.has(errno) && log === '') {
    const lack = row.capability === undefined ? 'privilege' : capabilityName(row.capability);
    if (!host.privileged(row.capability)) return ['inconclusive', `${lack} is missing, and the kernel does not tell`];
    const level = host.lockdown === null || host.lockdown === 'none' ? '' : ` (lockdown: ${host.lockdown})`;
    return ['refused', `a policy of this machine forbids it${level}`];
  }
  if (row.lockdown !== undefined && row.lockdown === host.lockdown) {
    return ['refused', `a policy of this machine forbids it (lockdown: ${host.lockdown})`];
  }
  if (LIMITS.has(errno)) return ['inconclusive', `a limit was in the way (${errorName(errno)})`];
  return ['missing', lackOf(row, host.release)];
}

/** What to do about a feature that this kernel does not have. */
function lackOf({ since, config, mend }: ProbeSpec, release: string): string {
  const also = mend === undefined ? '' : `; ${mend}`;
  if (compareVersions(release, since) < 0) return `needs Linux ${since} or later${also}`;
  if (config !== undefined) return `needs a kernel built with ${config}${also}`;
  return `this kernel lacks it, though Linux has it since ${since}${also}`;
}

/** Tries the kernel once, when somebody asks: it takes a good part of a second, which a start where all is well need not wait for. */
export class LazyProbes {
  readonly #probe: () => readonly Probe[];
  readonly #host: ProbedHost;
  #results: ReadonlyMap<string, ProbedFeature> | undefined;

  /** @param host of one who has the privilege to load programs */
  constructor(probe: () => readonly Probe[], host: Omit<ProbedHost, 'privileged'>) {
    this.#probe = probe;
    this.#host = { ...host, privileged: () => true };
  }

  /** Whether an answer costs nothing. */
  get known(): boolean {
    return this.#results !== undefined;
  }

  /** Why not what needs these, of which the kernel lacks one or a policy forbids it; empty when it has them all. Tries nothing for no needs. */
  unfit(needs: readonly ProbeName[]): string {
    for (const need of needs) {
      const { status, title, reason } = this.#rows.get(need)!;
      if (status === 'missing' || status === 'refused') return `${title}: ${reason}`;
    }
    return '';
  }

  /**
   * What to do about the first of the needs that this kernel lacks; empty when it lacks none, or that is not known.
   * @param said why programs were refused: of a helper that a policy takes away the verifier says that there is none
   */
  lack(needs: readonly ProbeName[], said = ''): string {
    const rows = this.#rows;
    for (const need of needs) {
      const { status, title, reason } = rows.get(need)!;
      // A refusal by policy has its own words, those of the load.
      if (status === 'missing') return `${title}: ${reason}`;
    }
    for (const { status, title, helper, reason } of rows.values()) {
      if (status === 'refused' && helper !== undefined && said.includes(` ${helper}`)) return `${title}: ${reason}`;
    }
    return '';
  }

  get #rows(): ReadonlyMap<string, ProbedFeature> {
    this.#results ??= new Map(judge([...WAYS, ...PROBES], this.#probe(), this.#host).map((row) => [row.name, row]));
    return this.#results;
  }
}

function byName(results: readonly Probe[]): ReadonlyMap<string, Probe> {
  return new Map(results.map((result) => [result.name, result]));
}

function errorName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}
