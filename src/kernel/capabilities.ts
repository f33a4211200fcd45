import { readFileSync } from 'node:fs';

/** Capabilities conntrail can use, by their bit in CapEff (linux/capability.h). */
export const CAPABILITY = { net_admin: 12, sys_admin: 21, perfmon: 38, bpf: 39 } as const;

export type Capability = keyof typeof CAPABILITY;

/** Whether this thread holds a capability in effect; CAP_SYS_ADMIN stands for each of the others, as in the kernel's own checks. */
export function holds(capability: Capability, effective: bigint): boolean {
  const has = (bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n;
  return has(CAPABILITY[capability]) || has(CAPABILITY.sys_admin);
}

/** Effective capabilities of this process; none where there is no /proc. */
export function effectiveCapabilities(): bigint {
  try {
    const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return BigInt(`0x${match?.[1] ?? '0'}`);
  } catch {
    return 0n;
  }
}
