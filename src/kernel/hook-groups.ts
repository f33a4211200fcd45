import type { ProgramResult } from '../native/index.js';
import { HOOK_GROUP } from './layout.gen.js';

/** tcp: TCP connections; owner: processes of accepted connections; udp: UDP conversations; snapshot: open connections. */
export type HookGroupName = keyof typeof HOOK_GROUP;

/** What became of the hooks that belong together: they give one thing, and are proven by one self-test. */
export interface HookGroup {
  name: HookGroupName;
  /** Every program that the group needs is attached. */
  attached: boolean;
  /** An event of the self-test came through. Attached without proof is a group that does not work, or not yet. */
  proven: boolean;
  /** Why it is not attached or not proven, one sentence; empty when it is both. */
  reason: string;
  programs: readonly ProgramResult[];
}

/** The programs' results by group; none is proven yet. */
export function hookGroups(programs: readonly ProgramResult[]): HookGroup[] {
  return (Object.keys(HOOK_GROUP) as HookGroupName[]).map((name) => {
    const own = programs.filter((program) => program.group === name);
    const refused = own.filter((program) => !program.attached && !program.optional);
    const attached = own.length > 0 && refused.length === 0;
    const reason = attached
      ? 'Its self-test has not come through yet.'
      : refused.map((program) => `${program.program}: ${program.reason}`).join('; ') || 'It has no programs here.';
    return { name, attached, proven: false, reason, programs: own };
  });
}
