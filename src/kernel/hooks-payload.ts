import { HOOK_STATE, HOOKS } from '../frames/layout.gen.js';
import { rungNumber } from '../pipeline/hooks.js';
import { type HookGroup, isTested } from './hook-groups.js';

/** Payload of a HOOKS frame: the groups that are attached, and by which way; those that the self-test proves are live from then on. */
export function hooksPayload(groups: readonly HookGroup[]): Uint8Array {
  const attached = groups.filter(({ attached }) => attached);
  const payload = new Uint8Array(attached.length * HOOKS.size);
  const view = new DataView(payload.buffer);
  for (const [i, group] of attached.entries()) {
    const at = i * HOOKS.size;
    view.setUint16(at + HOOKS.group, group.id, true);
    view.setUint8(at + HOOKS.rung, rungNumber(group.rung!));
    view.setUint8(at + HOOKS.state, isTested(group) ? HOOK_STATE.attached : HOOK_STATE.live);
  }
  return payload;
}
