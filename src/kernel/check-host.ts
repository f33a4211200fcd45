import { ConntrailError } from '../errors.js';
import { type Capability, capabilityName, effectiveCapabilities, holds } from './capabilities.js';
import { cgroupUsers, inWords } from './cgroup-users.js';
import { hasBtf } from './host.js';
import { goesWithout, type WantedHooks } from './without-programs.js';

/** What loading and attaching any program takes. */
const REQUIRED: readonly Capability[] = ['bpf', 'perfmon'];
/** What the cgroup hooks take beside. */
export const CGROUP_CAPABILITY: Capability = 'net_admin';
/** All that conntrail has a use for. */
export const USED_CAPABILITIES: readonly Capability[] = [...REQUIRED, CGROUP_CAPABILITY];

type Hooked = Parameters<typeof cgroupUsers>[0][number];

/**
 * One sentence on what to do when nothing of these features can be traced for want of capabilities; empty when it can.
 * @param instead the capability with which they run, too, where no program may be loaded
 */
export function lackOfPrivilege(effective: bigint, features: readonly Hooked[], instead?: Capability): string {
  if (instead !== undefined && holds(instead, effective)) return '';
  const missing = REQUIRED.filter((capability) => !holds(capability, effective)).map(capabilityName);
  if (missing.length === 0) return '';
  const users = holds(CGROUP_CAPABILITY, effective) ? [] : cgroupUsers(features);
  const beside = users.length === 0 ? '' : `; for ${inWords(users)} also ${capabilityName(CGROUP_CAPABILITY)}`;
  const least = instead === undefined ? '' : `; or with ${capabilityName(instead)} alone, for less`;
  return `Run as root, or with what is missing: ${missing.join(' and ')}${beside}${least}.`;
}

/** One sentence where no kernel would do, by the names that Node has for system and machine; empty where one may. */
export function foreignTo(platform: string, arch: string): string {
  if (platform !== 'linux') return 'Live tracing needs Linux; replay, verify and schema run here.';
  if (arch === 'x64') return '';
  return `Live tracing is proven on x86-64 only, whose order of stores the batches rest on, not on ${arch}; replay, verify and schema run here.`;
}

/**
 * Whether live tracing of these features can be tried here at all, without loading anything: before files are made or, where there is a /proc,
 * the addon is loaded.
 * @throws ConntrailError CONNTRAIL_PLATFORM, CONNTRAIL_PRIVILEGE, CONNTRAIL_NO_BTF; where there is no /proc, CONNTRAIL_ADDON_MISSING and
 *   CONNTRAIL_ADDON_DAMAGED
 */
export function checkHost(wanted: readonly WantedHooks[]): void {
  const foreign = foreignTo(process.platform, process.arch);
  if (foreign !== '') throw new ConntrailError('CONNTRAIL_PLATFORM', foreign);
  const instead = goesWithout(wanted);
  const features = wanted.map(({ feature }) => feature);
  const lack = lackOfPrivilege(effectiveCapabilities(), features, instead);
  if (lack !== '') throw new ConntrailError('CONNTRAIL_PRIVILEGE', lack);
  if (instead === undefined && !hasBtf()) {
    throw new ConntrailError(
      'CONNTRAIL_NO_BTF',
      'There is no BTF type information in /sys/kernel/btf/vmlinux: if it is hidden here, mount the host’s; else boot a kernel built with CONFIG_DEBUG_INFO_BTF.',
    );
  }
}
