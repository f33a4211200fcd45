import { ConntrailError } from '../errors.js';
import { type Capability, effectiveCapabilities, holds } from './capabilities.js';
import { hasBtf } from './host.js';

/** What loading and attaching the programs takes: CAP_BPF and CAP_PERFMON for all of them, CAP_NET_ADMIN for the cgroup hooks of UDP. */
export const NEEDED_CAPABILITIES: readonly Capability[] = ['bpf', 'perfmon', 'net_admin'];

/**
 * Whether live tracing can be tried here at all, without loading anything: before files are made or the addon is loaded.
 * @throws ConntrailError CONNTRAIL_PLATFORM, CONNTRAIL_PRIVILEGE, CONNTRAIL_NO_BTF
 */
export function checkHost(): void {
  if (process.platform !== 'linux') {
    throw new ConntrailError('CONNTRAIL_PLATFORM', 'Live tracing needs Linux; replay, verify and schema run here.');
  }
  if (process.arch !== 'x64') {
    throw new ConntrailError(
      'CONNTRAIL_PLATFORM',
      `Live tracing is proven on x86-64 only, whose order of stores the batches rest on, not on ${process.arch}; replay, verify and schema run here.`,
    );
  }
  const effective = effectiveCapabilities();
  if (!NEEDED_CAPABILITIES.every((capability) => holds(capability, effective))) {
    throw new ConntrailError(
      'CONNTRAIL_PRIVILEGE',
      'Run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN: loading kernel programs needs them.',
    );
  }
  if (!hasBtf()) {
    throw new ConntrailError(
      'CONNTRAIL_NO_BTF',
      'This kernel has no BTF type information; boot one built with CONFIG_DEBUG_INFO_BTF (/sys/kernel/btf/vmlinux).',
    );
  }
}
