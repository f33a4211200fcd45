import { readFileSync } from 'node:fs';
import { addon } from './addon.js';

/** Capabilities conntrail can use, by their bit in CapEff (linux/capability.h). */
export const CAPABILITY = { net_admin: 12, net_raw: 13, sys_admin: 21, perfmon: 38, bpf: 39 } as const;

export type Capability = keyof typeof CAPABILITY;

/** Whether this thread holds a capability in effect; for BPF CAP_SYS_ADMIN stands for each of the others, as in the kernel's own checks. */
export function holds(capability: Capability, effective: bigint): boolean {
  const has = (bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n;
  return has(CAPABILITY[capability]) || (capability !== 'net_raw' && has(CAPABILITY.sys_admin));
}

/** As the kernel's own texts have it. */
export function capabilityName(capability: Capability): string {
  return `CAP_${capability.toUpperCase()}`;
}

/**
 * Effective capabilities of this thread. The addon is asked only where no /proc tells.
 * @throws ConntrailError CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED
 */
export function effectiveCapabilities(): bigint {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'utf8');
  } catch {
    return addon().capabilities();
  }
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

/** Whether capabilities are those of a user namespace, which by themselves count for nothing with BPF; false where no /proc tells. */
export function inUserNamespace(): boolean {
  try {
    // The initial one maps every user to itself.
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return false;
  }
}
