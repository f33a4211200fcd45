import type { HookGroup } from '../kernel/hook-groups.js';

/** What is not told where an object is refused that its group can do without. */
const WITHOUT: Readonly<Record<string, string>> = {
  connect: 'connects that fail before a packet are not told',
  exact: 'local addresses of wildcard UDP sockets are not told',
};

/** A sentence for each program that was asked for beside the group's own work, and is refused. */
export function refusedExtras({ programs }: HookGroup): string[] {
  return programs
    .filter(({ optional, attached }) => optional && !attached)
    .map(({ object, program, reason }) => `${WITHOUT[object] ?? object}: ${program}: ${reason}`);
}
