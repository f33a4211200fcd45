import { KIND, KNOWN, OOM_KILL } from '../../src/checks/oom-kill/layout.gen.js';
import type { FeatureFrames } from './feature-frames.js';

function kill(n: number): Uint8Array {
  const bytes = new Uint8Array(OOM_KILL.size);
  const view = new DataView(bytes.buffer);
  view.setUint16(OOM_KILL.event, KIND.kill, true);
  view.setUint32(OOM_KILL.event + 4, OOM_KILL.size, true);
  view.setBigUint64(OOM_KILL.boot_ns, BigInt(1_000_000_000 + n), true);
  view.setBigUint64(OOM_KILL.trigger_cgroup_id, 77n, true);
  view.setUint32(OOM_KILL.victim_pid, 1000 + n, true);
  view.setUint32(OOM_KILL.trigger_pid, 2000 + n, true);
  view.setUint32(OOM_KILL.known, KNOWN.victim, true);
  bytes.set(new TextEncoder().encode(`victim-${n % 7}`), OOM_KILL.victim_name);
  bytes.set(new TextEncoder().encode(`trigger-${n % 5}`), OOM_KILL.trigger_name);
  return bytes;
}

export const frames: FeatureFrames = {
  options: {},
  recorded: {},
  order: [KIND.kill],
  frame: (_, n) => ({ payload: kill(n), fresh: 1 }),
  flood: { kind: KIND.kill, renew: (payload, n) => payload.setUint32(OOM_KILL.victim_pid, n, true) },
  most: {},
};
