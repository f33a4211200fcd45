import { CGROUP_PATH } from '../../src/cgroups/layout.gen.js';
import { KIND, KNOWN, OOM_KILL, SCOPE, SOURCE } from '../../src/checks/oom-kill/layout.gen.js';
import type { FeatureFrames } from './feature-frames.js';

/** Names of a cgroup, its own first, as the programs write them. */
function place(view: DataView, at: number, id: number, names: readonly string[]): void {
  const text = new TextEncoder().encode(names.map((name) => `${name}\0`).join(''));
  view.setBigUint64(at + CGROUP_PATH.id, BigInt(id), true);
  view.setUint32(at + CGROUP_PATH.length, text.length, true);
  new Uint8Array(view.buffer).set(text, at + CGROUP_PATH.names);
}

/** By number: what kernels and their hooks tell, in turns. */
function kill(n: number): Uint8Array {
  const bytes = new Uint8Array(OOM_KILL.size);
  const view = new DataView(bytes.buffer);
  const isChosen = n % 2 === 0;
  view.setUint16(OOM_KILL.event, KIND.kill, true);
  view.setUint32(OOM_KILL.event + 4, OOM_KILL.size, true);
  view.setBigUint64(OOM_KILL.boot_ns, BigInt(1_000_000_000 + n), true);
  view.setBigUint64(OOM_KILL.victim_start_ns, BigInt(900_000_000 + n), true);
  view.setBigUint64(OOM_KILL.trigger_cgroup_id, 77n, true);
  view.setBigUint64(OOM_KILL.anon_pages, BigInt(1000 * n), true);
  view.setUint32(OOM_KILL.victim_pid, 1000 + n, true);
  view.setUint32(OOM_KILL.trigger_pid, 2000 + n, true);
  view.setUint32(OOM_KILL.page_size, 4096, true);
  view.setUint32(OOM_KILL.known, KNOWN.victim | KNOWN.pages | (isChosen ? KNOWN.choice | KNOWN.limit : 0), true);
  view.setUint16(OOM_KILL.scope, isChosen ? SCOPE.cgroup : 0, true);
  view.setUint16(OOM_KILL.source, isChosen ? SOURCE.fentry : SOURCE.tracepoint, true);
  bytes.set(new TextEncoder().encode(`victim-${n % 7}`), OOM_KILL.victim_name);
  bytes.set(new TextEncoder().encode(`trigger-${n % 5}`), OOM_KILL.trigger_name);
  place(view, OOM_KILL.victim_path_id, 88, [`docker-${'a1'.repeat(32)}.scope`, 'system.slice']);
  place(view, OOM_KILL.trigger_path_id, 89, [`name-${n % 3}`]);
  if (isChosen) place(view, OOM_KILL.memory_path_id, 90, ['system.slice']);
  return bytes;
}

export const frames: FeatureFrames = {
  options: {},
  recorded: {},
  order: [KIND.kill],
  frame: (_, n) => ({ payload: kill(n), fresh: 1 }),
  flood: { kind: KIND.kill, renew: (payload, n) => payload.setUint32(OOM_KILL.victim_pid, n + 1, true) },
  most: {},
};
