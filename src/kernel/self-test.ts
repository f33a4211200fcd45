import { SELFTEST } from '../frames/layout.gen.js';
import type { SelfTestEnd, SelfTestSocket } from '../native/index.js';
import type { ProofKind } from '../pipeline/hooks.js';
import type { HookGroup } from './hook-groups.js';

/**
 * The end of a connection whose record is the proof. Of TCP the accepted one: kernels differ in when it gets its cookie, and the opening one
 * is right on all of them; but an open connection is shown from either end.
 */
const PROVES: Readonly<Record<SelfTestEnd, ProofKind>> = { tcp_server: 'tcp', tcp_client: 'open', udp: 'udp' };

/** Payload of a SELFTEST frame: which socket's record proves which group. */
export function selfTestPayload(sockets: readonly SelfTestSocket[], groups: readonly HookGroup[]): Uint8Array {
  const entries = sockets.flatMap(({ cookie, end }) =>
    groups.filter(({ proof }) => proof === PROVES[end]).map(({ id }) => ({ cookie, id })),
  );
  const payload = new Uint8Array(entries.length * SELFTEST.size);
  const view = new DataView(payload.buffer);
  for (const [i, { cookie, id }] of entries.entries()) {
    view.setBigUint64(i * SELFTEST.size + SELFTEST.cookie, cookie, true);
    view.setUint32(i * SELFTEST.size + SELFTEST.group, id, true);
  }
  return payload;
}
