import { ConntrailError } from '../errors.js';
import { type Capability, capabilityName, effectiveCapabilities, holds } from './capabilities.js';
import { hasBtf } from './host.js';

/** What loading and attaching any program takes. */
const REQUIRED: readonly Capability[] = ['bpf', 'perfmon'];
/** What the cgroup hooks take beside: those of UDP, and of calls of connect(). */
export const CGROUP_CAPABILITY: Capability = 'net_admin';
/** All that conntrail has a use for. */
export const USED_CAPABILITIES: readonly Capability[] = [...REQUIRED, CGROUP_CAPABILITY];

/** One sentence on what to do when nothing can be traced for want of capabilities; empty when it can. */
export function lackOfPrivilege(effective: bigint): string {
  const missing = REQUIRED.filter((capability) => !holds(capability, effective)).map(capabilityName);
  if (missing.length === 0) return '';
  const beside = holds(CGROUP_CAPABILITY, effective) ? '' : `; for UDP also ${capabilityName(CGROUP_CAPABILITY)}`;
  return `Run as root, or with what is missing: ${missing.join(' and ')}${beside}.`;
}

/** One sentence where no kernel would do, by the names that Node has for system and machine; empty where one may. */
export function foreignTo(platform: string, arch: string): string {
  if (platform !== 'linux') return 'Live tracing needs Linux; replay, verify and schema run here.';
  if (arch === 'x64') return '';
  return `Live tracing is proven on x86-64 only, whose order of stores the batches rest on, not on ${arch}; replay, verify and schema run here.`;
}

/**
 * Whether live tracing can be tried here at all, without loading anything: before files are made or, where there is a /proc, the addon is loaded.
 * @throws ConntrailError CONNTRAIL_PLATFORM, CONNTRAIL_PRIVILEGE, CONNTRAIL_NO_BTF; where there is no /proc, CONNTRAIL_ADDON_MISSING and
 *   CONNTRAIL_ADDON_DAMAGED
 */
export function checkHost(): void {
  const foreign = foreignTo(process.platform, process.arch);
  if (foreign !== '') throw new ConntrailError('CONNTRAIL_PLATFORM', foreign);
  const lack = lackOfPrivilege(effectiveCapabilities());
  if (lack !== '') throw new ConntrailError('CONNTRAIL_PRIVILEGE', lack);
  if (!hasBtf()) {
    throw new ConntrailError(
      'CONNTRAIL_NO_BTF',
      'There is no BTF type information in /sys/kernel/btf/vmlinux: if it is hidden here, mount the host’s; else boot a kernel built with CONFIG_DEBUG_INFO_BTF.',
    );
  }
}
