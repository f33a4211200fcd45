import { constants, release } from 'node:os';
import { ConntrailError } from '../errors.js';
import type { NativeAddon, NativeTracer } from '../native/index.js';
import type { ResolvedTracerOptions } from '../tracer-options.js';
import { addon } from './addon.js';
import { BpfObjects } from './bpf-objects.js';
import { capabilityName, effectiveCapabilities, holds, inUserNamespace } from './capabilities.js';
import { CGROUP_CAPABILITY, checkHost } from './check-host.js';
import { type HookGroup, hookGroups } from './hook-groups.js';
import { cgroupRoot } from './host.js';
import { lackOfLimits } from './process-limits.js';
import { udpTimeouts } from './udp-timeouts.js';

/** Bytes per CPU (perf) and in all (ring): a second of closes at 20,000/s and more. */
const DEFAULT_BUFFER = { perf: 1 << 20, ring: 8 << 20 } as const;

/**
 * Of one object, so that a verifier without end is a refusal and not the end of the host (docs/decisions/0008-loading-in-a-child.md).
 * Normal are below 1 s and 10 MB.
 */
export const LOAD_LIMITS = { loadMs: 30_000, loadMemory: 256 << 20 } as const;

/** Cause of a refusal: a TCP program went beyond a limit. */
const EXCEEDED = 'the verifier was stopped';

export interface LoadedHooks {
  native: NativeTracer;
  groups: HookGroup[];
  transport: 'ring' | 'perf';
  /** Why the ring buffer was not taken; empty when it was, or when nobody asked for it. */
  transportReason: string;
  kernelBuffer: number;
}

/**
 * Loads and attaches the programs, not yet enabled. What single groups lack is a value in the result; an error means that nothing can be
 * traced.
 * @throws ConntrailError CONNTRAIL_PLATFORM, CONNTRAIL_PRIVILEGE, CONNTRAIL_NO_BTF, CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED, CONNTRAIL_LIMIT,
 *   CONNTRAIL_KERNEL
 */
export async function loadHooks(options: ResolvedTracerOptions): Promise<LoadedHooks> {
  checkHost();
  const limit = lackOfLimits();
  if (limit !== '') throw new ConntrailError('CONNTRAIL_LIMIT', limit);
  const objects = new BpfObjects();
  if (options.transport !== 'auto') return load(options, objects, options.transport, '');
  try {
    return load(options, objects, 'ring', '');
  } catch (refusal) {
    if (!(refusal instanceof ConntrailError) || refusal.code !== 'CONNTRAIL_KERNEL') throw refusal;
    // Another buffer would not make the verifier come to an end, and would take as long again.
    if (refusal.cause === EXCEEDED) throw refusal;
    return load(options, objects, 'perf', refusal.message);
  }
}

/** Since 7.0 a tracepoint's programs run in an SRCU-fast read section, with preemption on: one task's run of a program keeps another's out. */
export function runsTracepointsPreemptibly(kernel: string): boolean {
  return Number.parseInt(kernel, 10) >= 7;
}

function load(
  options: ResolvedTracerOptions,
  objects: BpfObjects,
  transport: 'ring' | 'perf',
  transportReason: string,
): LoadedHooks {
  // Both buffers of the kernel are powers of two.
  const kernelBuffer = 2 ** Math.ceil(Math.log2(options.kernelBuffer ?? DEFAULT_BUFFER[transport]));
  const [cgroup, without] = cgroupFor(options.cgroup);
  const tracer = open({
    objects: objects.contents,
    transport,
    kernelBuffer,
    cgroup,
    withoutCgroup: without.because,
    udpFlows: options.udpFlows,
    ...udpTimeouts(options.udpTimeoutMs),
    extras: [
      ...(options.exactUdp ? (['exact'] as const) : []),
      ...(options.failedConnects ? (['connect'] as const) : []),
    ],
    ioTwins: runsTracepointsPreemptibly(release()),
    ...LOAD_LIMITS,
  });
  const groups = hookGroups(tracer.programs, objects.errors);
  const udp = groups.find(({ name }) => name === 'udp');
  if (cgroup === null && udp?.code === null && !udp.attached) udp.reason = without.sentence;
  const tcp = groups.find(({ name }) => name === 'tcp');
  if (tcp?.attached) return { native: tracer, groups, transport, transportReason, kernelBuffer };
  tracer.close();
  const unfit = objects.errors.get('tcp');
  if (unfit !== undefined) throw unfit;
  if (tcp?.programs.some(({ errno }) => errno === constants.errno.EMFILE)) {
    const sentence = 'The kernel programs take more files than may be open here: raise the limit (ulimit -n 1024).';
    throw new ConntrailError('CONNTRAIL_LIMIT', sentence);
  }
  if (tcp?.programs.every(({ errno }) => errno === constants.errno.EPERM) && inUserNamespace()) {
    throw new ConntrailError(
      'CONNTRAIL_PRIVILEGE',
      'Run outside of this user namespace: its capabilities, root’s too, do not count for kernel programs.',
    );
  }
  const cause = tcp?.programs.some(({ exceeded }) => exceeded !== null) ? EXCEEDED : undefined;
  const reason = tcp?.reason ?? 'no programs';
  throw new ConntrailError('CONNTRAIL_KERNEL', `This kernel refuses the TCP hooks: ${reason}`, { cause });
}

interface WithoutCgroup {
  because: string;
  /** What to do to trace UDP. */
  sentence: string;
}

/** The cgroup to attach to, or null, and why. */
function cgroupFor(given: string | null | undefined): [string | null, WithoutCgroup] {
  if (given === null) return [null, { because: 'cgroup is null', sentence: 'It was turned off: cgroup is null.' }];
  const path = given ?? cgroupRoot();
  const capability = capabilityName(CGROUP_CAPABILITY);
  if (!holds(CGROUP_CAPABILITY, effectiveCapabilities())) {
    const sentence = `${capability} is missing; run as root, or with it, to trace UDP.`;
    return [null, { because: `${capability} is missing`, sentence }];
  }
  const sentence = 'No cgroup v2 hierarchy is mounted; mount one to trace UDP.';
  return [path, { because: 'no cgroup v2 hierarchy is mounted', sentence }];
}

function open(options: ConstructorParameters<NativeAddon['Tracer']>[0]): NativeTracer {
  const { Tracer } = addon();
  try {
    return new Tracer(options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConntrailError('CONNTRAIL_KERNEL', `The kernel programs do not load: ${reason}.`, { cause });
  }
}
