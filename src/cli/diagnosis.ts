import { readFileSync } from 'node:fs';
import { cpus, machine, release, totalmem } from 'node:os';
import { ConntrailError } from '../errors.js';
import { FEATURES, hookSpec } from '../features.js';
import type { Asset } from '../frames/asset.js';
import { addon as loadAddon } from '../kernel/addon.js';
import { type Capability, effectiveCapabilities, holds } from '../kernel/capabilities.js';
import { foreignTo, lackOfPrivilege, USED_CAPABILITIES } from '../kernel/check-host.js';
import { isLive } from '../kernel/hook-groups.js';
import { cgroupRoot, hasBtf, lockdown } from '../kernel/host.js';
import { kernelProbes } from '../kernel/kernel-probes.js';
import { PROBES, WAYS } from '../kernel/probe-table.js';
import { judge } from '../kernel/probes.js';
import { runsWithout } from '../kernel/without-programs.js';
import type { NativeAddon } from '../native/index.js';
import { openTracer } from '../tracer.js';
import { VERSION } from '../version.js';
import { diagnoseGroup, type GroupDiagnosis } from './group-diagnosis.js';
import { kafkaClient } from './kafka-client.js';
import { type ToldProbe, told } from './probe-users.js';
import { recommendation } from './recommendation.js';

/** ok: all of it works. The others say what stands in the way, the worst first. */
export type Verdict = 'ok' | 'platform' | 'addon' | 'privilege' | 'kernel' | 'degraded';

export interface Rung extends ToldProbe {
  /** Whether the hooks that run here are of this rung. */
  live: boolean;
  /** Why it is not the live one; empty when it is. */
  reason: string;
}

/** What this host offers and what became of the hooks, by trying. */
export interface Diagnosis {
  conntrail: string;
  kernel: { release: string; machine: string; lockdown: string | null; btf: boolean };
  cpus: number;
  libbpf: string | null;
  verdict: Verdict;
  /** One sentence each: what stands in the way. */
  problems: string[];
  /** The one thing to do that gives most, one sentence; empty when there is none. */
  recommendation: string;
  capabilities: { name: Capability; held: boolean }[];
  rungs: Rung[];
  features: ToldProbe[];
  cgroup2: string | null;
  transport: 'ring' | 'perf' | null;
  transport_reason: string;
  hook_groups: GroupDiagnosis[];
  /** What became of the object files that were tried. */
  assets: Asset[];
  /** Features that do not run here at all. */
  refused: { feature: string; code: string; reason: string }[];
  /** Version of the client for --to kafka://; null: there is none. */
  kafka_client: string | null;
  limits: { memlock: string | null; open_files: string | null; memory_bytes: number | null };
}

/** The ways that conntrail has programs for. */
const BUILT = new Set<string>(
  FEATURES.flatMap(({ hooks }) => hooks.flatMap(({ rungs }) => rungs.map(({ rung }) => rung))),
);

/** The object files of the best ways. */
const BEST = FEATURES.flatMap(({ hooks }) =>
  hooks.flatMap(({ rungs: [best] }) => best!.objects.map(({ object }) => object)),
);

const NO_BTF = 'boot a kernel built with CONFIG_DEBUG_INFO_BTF (/sys/kernel/btf/vmlinux)';

/** Tries everything for real: probes the kernel, attaches the hooks, and waits for their self-test. Takes up to five seconds. */
export async function diagnose(): Promise<Diagnosis> {
  const [addon, addonProblem] = load();
  const known = capabilitiesHere();
  const effective = known ?? 0n;
  const capabilities = USED_CAPABILITIES.map((name) => ({ name, held: holds(name, effective) }));
  const lack = known === null ? '' : lackOfPrivilege(known, FEATURES);
  const privileged = (capability?: Capability): boolean =>
    addon !== null && known !== null && lack === '' && (capability === undefined || holds(capability, effective));
  const probes = addon === null || process.platform !== 'linux' ? [] : kernelProbes();
  const host = { release: release(), lockdown: lockdown(), privileged };
  const limits = readText('/proc/self/limits');
  const diagnosis: Diagnosis = {
    conntrail: VERSION,
    kernel: { release: host.release, machine: machine(), lockdown: host.lockdown, btf: hasBtf() },
    cpus: addon?.cpus() ?? cpus().length,
    libbpf: addon?.libbpf ?? null,
    verdict: 'ok',
    problems: [],
    recommendation: '',
    capabilities,
    rungs: [],
    features: judge(PROBES, probes, host).map(told),
    cgroup2: cgroupRoot(),
    transport: null,
    transport_reason: '',
    hook_groups: [],
    assets: [],
    refused: [],
    kafka_client: kafkaClient(),
    limits: {
      memlock: /^Max locked memory\s+(\S+)/m.exec(limits)?.[1] ?? null,
      open_files: /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? null,
      memory_bytes: memoryLimit(),
    },
  };
  judgeHost(diagnosis, addonProblem, lack);
  if (lack !== '') diagnosis.problems.push(...runsWithout(effective, FEATURES));
  if (diagnosis.verdict === 'ok') await tryHooks(diagnosis);
  const live = liveWays(diagnosis.hook_groups);
  diagnosis.rungs = judge(WAYS, probes, host)
    .map(told)
    .map((way) => rung(way, live.has(way.name)));
  diagnosis.recommendation = recommendation(diagnosis);
  return diagnosis;
}

/** The rungs that are live, and what their programs are attached by beside. */
function liveWays(groups: readonly GroupDiagnosis[]): Set<string> {
  const attached = groups.filter((group) => group.attached);
  const rungs = attached.map(({ feature, name, rung }) =>
    hookSpec(feature, name)?.rungs.find((spec) => spec.rung === rung),
  );
  return new Set(rungs.flatMap((spec) => (spec === undefined ? [] : [spec.rung, ...spec.needs])));
}

function judgeHost(diagnosis: Diagnosis, addonProblem: string, lack: string): void {
  const { problems, kernel } = diagnosis;
  const fail = (verdict: Verdict, problem: string): void => {
    if (diagnosis.verdict === 'ok') diagnosis.verdict = verdict;
    problems.push(problem);
  };
  const foreign = foreignTo(process.platform, process.arch);
  if (foreign !== '') fail('platform', foreign);
  if (lack !== '') fail('privilege', lack);
  if (process.platform === 'linux' && !kernel.btf) {
    const btf = diagnosis.features.find(({ name }) => name === 'btf');
    fail('kernel', `no BTF: ${btf?.status === 'missing' ? btf.reason : NO_BTF}`);
    // Nothing can be fitted to the kernel, so nothing is given to it.
    diagnosis.assets = BEST.map((asset) => ({ asset, result: 'no_types' }));
  }
  if (addonProblem !== '') fail('addon', addonProblem);
}

async function tryHooks(diagnosis: Diagnosis): Promise<void> {
  try {
    // With all that can be asked for, so that a refusal shows here and not on the day it is needed.
    const features = Object.fromEntries(FEATURES.map(({ name }) => [name, true]));
    await using tracer = await openTracer({ exactUdp: true, failedConnects: true, canaryMs: null, features });
    diagnosis.hook_groups = (await tracer.ready).map(diagnoseGroup);
    diagnosis.assets = [...tracer.assets];
    diagnosis.refused = tracer.refused.map(({ feature, error: { code, message } }) => ({
      feature,
      code,
      reason: message,
    }));
    diagnosis.transport = tracer.transport;
    diagnosis.transport_reason = tracer.transportReason;
  } catch (error) {
    const code = error instanceof ConntrailError ? error.code : '';
    diagnosis.verdict =
      code === 'CONNTRAIL_PRIVILEGE' ? 'privilege' : code.startsWith('CONNTRAIL_ADDON_') ? 'addon' : 'kernel';
    diagnosis.problems.push(error instanceof Error ? error.message : String(error));
    return;
  }
  for (const { feature, reason } of diagnosis.refused) {
    diagnosis.problems.push(`${feature} is off: ${reason}`);
    diagnosis.verdict = 'degraded';
  }
  for (const group of diagnosis.hook_groups) {
    if (isLive(group)) continue;
    const { feature, name, reason } = group;
    diagnosis.problems.push(`${name} is off: ${reason}`);
    const required = hookSpec(feature, name)?.required ?? false;
    diagnosis.verdict = required || diagnosis.verdict === 'kernel' ? 'kernel' : 'degraded';
  }
}

function rung(feature: ToldProbe, live: boolean): Rung {
  if (live) return { ...feature, live, reason: '' };
  if (feature.status !== 'works') return { ...feature, live };
  return {
    ...feature,
    live,
    reason: BUILT.has(feature.name) ? 'not needed here' : 'conntrail has no programs for it',
  };
}

/** The memory limit of our cgroup; without one the kernel reports a figure beyond what there is. */
function memoryLimit(): number | null {
  const limit = process.constrainedMemory();
  return limit > 0 && limit <= totalmem() ? limit : null;
}

/** null where neither /proc nor the addon can tell. */
function capabilitiesHere(): bigint | null {
  try {
    return effectiveCapabilities();
  } catch {
    return null;
  }
}

/** The addon, or why there is none, in one sentence. */
function load(): [NativeAddon | null, string] {
  try {
    return [loadAddon(), ''];
  } catch (error) {
    return [null, error instanceof Error ? error.message : String(error)];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
