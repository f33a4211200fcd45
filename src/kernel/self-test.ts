import { readlinkSync } from 'node:fs';
import { SELFTEST } from '../frames/layout.gen.js';
import type { SelfTestEnd, SelfTestSocket } from '../native/index.js';
import type { ProofKind } from '../pipeline/hooks.js';
import { type HookGroup, isTested } from './hook-groups.js';

/**
 * The end of a connection whose record is the proof. Of TCP the accepted one: kernels differ in when it gets its cookie, and the opening one
 * is right on all of them; but an open connection is shown from either end.
 */
const PROVES: Readonly<Record<SelfTestEnd, ProofKind>> = {
  tcp_server: 'tcp',
  tcp_client: 'open',
  udp: 'udp',
  dns: 'dns',
};

/** The first pid namespace: PROC_PID_INIT_INO of include/linux/proc_ns.h. */
const INITIAL_PIDS = 'pid:[4026531836]';

/** Of one exchange. */
export interface SelfTestRound {
  /** 0: the self-test; then the number of the canary. */
  readonly round: number;
  /** Boot clock before it began, ns. */
  readonly openedNs: bigint;
  readonly sockets: readonly SelfTestSocket[];
}

/**
 * Payload of a SELFTEST frame: which socket's record proves which group, and what it has to say.
 * @param pid of this process as the kernel tells it, 0: nobody knows
 */
export function selfTestPayload(
  { round, openedNs, sockets }: SelfTestRound,
  groups: readonly Pick<HookGroup, 'id' | 'proof'>[],
  pid = kernelPid(),
): Uint8Array {
  const entries = sockets.flatMap((socket) =>
    groups.filter(({ proof }) => proof === PROVES[socket.end]).map(({ id }) => ({ socket, id })),
  );
  const payload = new Uint8Array(entries.length * SELFTEST.size);
  const view = new DataView(payload.buffer);
  for (const [i, { socket, id }] of entries.entries()) {
    const at = i * SELFTEST.size;
    view.setBigUint64(at + SELFTEST.cookie, socket.cookie, true);
    view.setBigUint64(at + SELFTEST.opened_ns, openedNs, true);
    view.setUint32(at + SELFTEST.group, id, true);
    view.setUint32(at + SELFTEST.round, round, true);
    view.setUint32(at + SELFTEST.pid, pid, true);
    view.setUint32(at + SELFTEST.sent_bytes, socket.sentBytes, true);
    view.setUint32(at + SELFTEST.received_bytes, socket.receivedBytes, true);
    // In network order.
    view.setUint32(at + SELFTEST.local_address, socket.localAddress);
    view.setUint32(at + SELFTEST.remote_address, socket.remoteAddress);
    view.setUint16(at + SELFTEST.local_port, socket.localPort, true);
    view.setUint16(at + SELFTEST.remote_port, socket.remotePort, true);
  }
  return payload;
}

/** Whether there are sockets for each group that is attached and has to be proven by them: loopback may let through one protocol and not another. */
export function coversAll(
  sockets: readonly Pick<SelfTestSocket, 'end'>[],
  groups: readonly Pick<HookGroup, 'proof' | 'attached'>[],
): boolean {
  const kinds = new Set(sockets.map(({ end }) => PROVES[end]));
  return groups.every((group) => !group.attached || !isTested(group) || kinds.has(group.proof));
}

/** Our number in the first pid namespace, which is what the kernel side tells; 0 where we only know another one. */
function kernelPid(): number {
  try {
    return readlinkSync('/proc/self/ns/pid') === INITIAL_PIDS ? process.pid : 0;
  } catch {
    return 0;
  }
}
