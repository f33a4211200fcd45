import { HOOK_STATE, HOOKS } from '../frames/layout.gen.js';
import { rungNumber } from '../pipeline/hooks.js';
import { type HookGroup, isTested } from './hook-groups.js';

/** Payload of a HOOKS frame: the groups that are attached, by which way, and which are silent; those that the self-test proves are live from then on. */
export function hooksPayload(groups: readonly HookGroup[]): Uint8Array {
  const attached = groups.filter(({ attached }) => attached);
  const payload = new Uint8Array(attached.length * HOOKS.size);
  const view = new DataView(payload.buffer);
  for (const [i, group] of attached.entries()) {
    const at = i * HOOKS.size;
    view.setUint16(at + HOOKS.group, group.id, true);
    view.setUint8(at + HOOKS.rung, rungNumber(group.rung!));
    view.setUint8(at + HOOKS.state, stateOf(group));
    view.setUint32(at + HOOKS.reattached, group.reattached, true);
  }
  return payload;
}

function stateOf(group: HookGroup): number {
  if (group.silent) return HOOK_STATE.silent;
  return isTested(group) ? HOOK_STATE.attached : HOOK_STATE.live;
}
