import { HOOK_GROUP } from '../connections/layout.gen.js';
import type { ConntrailError, ErrorCode } from '../errors.js';
import type { ProgramResult } from '../native/index.js';

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
  /** Why it is not attached, when that is not the kernel: CONNTRAIL_ADDON_DAMAGED, CONNTRAIL_ADDON_MISSING. */
  code: ErrorCode | null;
  programs: readonly ProgramResult[];
}

/**
 * The programs' results by group; none is proven yet.
 * @param unfit what was wrong with objects that were not given to the kernel, by name
 */
export function hookGroups(
  programs: readonly ProgramResult[],
  unfit: ReadonlyMap<string, ConntrailError> = new Map(),
): HookGroup[] {
  return (Object.keys(HOOK_GROUP) as HookGroupName[]).map((name) => {
    const own = programs.filter((program) => program.group === name);
    const refused = own.filter((program) => !program.attached && !program.optional);
    const attached = own.length > 0 && refused.length === 0;
    const reason = attached
      ? 'Its self-test has not come through yet.'
      : refused.map((program) => sentence(program, unfit)).join('; ') || 'It has no programs here.';
    const code = refused.map(({ object }) => unfit.get(object)?.code).find((found) => found !== undefined) ?? null;
    return { name, attached, proven: false, reason, code, programs: own };
  });
}

/** The file says enough when it was not given to the kernel. */
function sentence({ object, program, reason }: ProgramResult, unfit: ReadonlyMap<string, ConntrailError>): string {
  return unfit.has(object) ? reason : `${program}: ${reason}`;
}
