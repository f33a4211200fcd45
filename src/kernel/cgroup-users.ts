import type { HookGroupSpec } from '../pipeline/hooks.js';

/** What has hooks. */
interface Hooked {
  readonly hooks: readonly HookGroupSpec[];
}

/** What cannot be traced without the root of a cgroup v2 hierarchy, by title: of a feature that is nothing without it, that once. */
export function cgroupUsers(features: readonly Hooked[]): string[] {
  return features.flatMap(({ hooks }) => {
    const users = hooks.filter(needsCgroup);
    const required = users.filter((group) => group.required);
    return (required.length > 0 ? required : users).map(({ title, name }) => title ?? name);
  });
}

/** Whether none of its ways goes without, but for those that take an option. */
export function needsCgroup({ rungs }: HookGroupSpec): boolean {
  const always = rungs.filter(({ option }) => option === undefined);
  return always.every(({ objects }) => objects.some(({ cgroup, option }) => cgroup === true && option === undefined));
}

/** `DNS`, `DNS and UDP`, `A, B and C`. */
export function inWords(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
