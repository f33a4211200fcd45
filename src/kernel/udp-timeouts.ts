import { readFileSync } from 'node:fs';

/** What the kernel's connection tracking has when nobody changes it, ms (net/netfilter/nf_conntrack_proto_udp.c). */
const DEFAULTS = { nf_conntrack_udp_timeout: 30_000, nf_conntrack_udp_timeout_stream: 120_000 } as const;

/** Where the sysctls are: those of this process's network namespace, in seconds; absent without the nf_conntrack module. */
const SYSCTLS = '/proc/sys/net/netfilter';

export interface UdpTimeouts {
  /** Idle time after which a UDP conversation ends that only sent or only received, ms. */
  udpTimeoutMs: number;
  /** The same for one that did both. */
  udpStreamTimeoutMs: number;
}

/** The kernel's own time-outs, or `given` for both. */
export function udpTimeouts(given?: number, folder = SYSCTLS): UdpTimeouts {
  if (given !== undefined) return { udpTimeoutMs: given, udpStreamTimeoutMs: given };
  return {
    udpTimeoutMs: sysctlMs(folder, 'nf_conntrack_udp_timeout'),
    udpStreamTimeoutMs: sysctlMs(folder, 'nf_conntrack_udp_timeout_stream'),
  };
}

function sysctlMs(folder: string, name: keyof typeof DEFAULTS): number {
  try {
    const seconds = Number(readFileSync(`${folder}/${name}`, 'utf8'));
    return Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1000 : DEFAULTS[name];
  } catch {
    return DEFAULTS[name];
  }
}
