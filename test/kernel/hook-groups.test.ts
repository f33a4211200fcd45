import { describe, expect, it, vi } from 'vitest';
import { HOOK_GROUP } from '../../src/connections/layout.gen.js';
import { GroupProofs } from '../../src/kernel/group-proofs.js';
import { type HookGroup, hookGroups } from '../../src/kernel/hook-groups.js';
import type { ProgramResult } from '../../src/native/index.js';

function program(group: ProgramResult['group'], name: string, reason = ''): ProgramResult {
  const attached = reason === '';
  return {
    object: 'x.bpf.o',
    program: name,
    section: 'tp_btf/x',
    group,
    loaded: attached,
    attached,
    optional: false,
    errno: attached ? 0 : 22,
    reason,
    instructions: attached ? 8 : null,
    exceeded: null,
  };
}

const ALL = [program('tcp', 'a'), program('owner', 'b'), program('udp', 'c'), program('snapshot', 'd')];

function start(programs: readonly ProgramResult[]): { groups: HookGroup[]; proofs: GroupProofs; closed: () => number } {
  const groups = hookGroups(programs);
  const close = vi.fn();
  const proofs = new GroupProofs(groups, 1000, close);
  proofs.start();
  return { groups, proofs, closed: () => close.mock.calls.length };
}

describe('hookGroups', () => {
  it('is attached when every program is', () => {
    const groups = hookGroups([...ALL, program('udp', 'e', 'No cgroup.'), program('udp', 'f', 'No cgroup either.')]);
    expect(groups.map(({ name, attached }) => [name, attached])).toEqual([
      ['tcp', true],
      ['owner', true],
      ['udp', false],
      ['snapshot', true],
    ]);
    expect(groups[2]!.reason).toBe('e: No cgroup.; f: No cgroup either.');
    expect(groups[2]!.programs).toHaveLength(3);
  });

  it('is not attached without programs', () => {
    expect(hookGroups([])[0]).toMatchObject({ attached: false, proven: false, reason: 'It has no programs here.' });
  });
});

describe('GroupProofs', () => {
  it('closes the self-test after the snapshot’s proof, and is done with the last one', async () => {
    const { groups, proofs, closed } = start(ALL);
    expect(closed()).toBe(0);
    proofs.prove(HOOK_GROUP.snapshot);
    expect(closed()).toBe(1);
    for (const group of [HOOK_GROUP.tcp, HOOK_GROUP.owner, HOOK_GROUP.udp]) proofs.prove(group);
    expect(await proofs.done).toBe(groups);
    expect(groups.every(({ proven, reason }) => proven && reason === '')).toBe(true);
    expect(closed()).toBe(1);
  });

  it('does not wait for groups that are not attached', async () => {
    const { groups, proofs, closed } = start([program('tcp', 'a'), program('udp', 'c', 'No cgroup.')]);
    expect(closed()).toBe(1);
    proofs.prove(HOOK_GROUP.tcp);
    await proofs.done;
    expect(groups.map(({ proven }) => proven)).toEqual([true, false, false, false]);
    expect(groups[2]!.reason).toBe('c: No cgroup.');
  });

  it('gives up after its time, and says what is not proven', async () => {
    vi.useFakeTimers();
    const { groups, proofs, closed } = start(ALL);
    vi.advanceTimersByTime(500);
    expect(closed()).toBe(1);
    proofs.prove(HOOK_GROUP.tcp);
    vi.advanceTimersByTime(500);
    vi.useRealTimers();
    await proofs.done;
    expect(groups.map(({ proven, reason }) => [proven, reason])).toEqual([
      [true, ''],
      [false, 'Its self-test did not come through.'],
      [false, 'Its self-test did not come through.'],
      [false, 'Its self-test did not come through.'],
    ]);
  });
});
