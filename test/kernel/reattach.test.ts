import { expect, test } from 'vitest';
import { CONNECTIONS } from '../../src/connections/feature.js';
import type { HookGroup } from '../../src/kernel/hook-groups.js';
import { reattach } from '../../src/kernel/reattach.js';
import type { Relinked, RelinkRequest } from '../../src/native/index.js';

/** Programs of a group: [object, program, section], attached. */
function group(name: string, programs: readonly [object: string, program: string, section: string][]): HookGroup {
  const spec = CONNECTIONS.hooks.find((each) => each.name === name)!;
  const made = programs.map(([object, program, section]) => ({
    ...{ object, program, section, loaded: true, attached: true, errno: 0, reason: '', instructions: 1 },
    ...{ exceeded: null, group: name, optional: false },
  }));
  return {
    ...{ feature: 'connections', name, id: spec.id, rung: spec.rungs[0]!.rung, refused: [], proof: spec.proof },
    ...{ attached: true, proven: true, fault: '', silent: true, reattached: 0, reason: '', code: null },
    ...{ programs: made, assets: [] },
  } as unknown as HookGroup;
}

const io = group('owner', [['connections/io', 'io_send', 'tp_btf/sock_send_length']]);
const udp = group('udp', [
  ['connections/udp', 'udp_sendmsg4', 'cgroup/sendmsg4'],
  ['connections/udp_expiry', 'udp_expire', 'syscall'],
]);
const snapshot = group('snapshot', [
  ['connections/seed', 'seed_sockets', 'iter/task_file'],
  ['connections/snapshot', 'snapshot_tcp', 'iter/bpf_map_elem'],
]);

/** What it asks for, and what it makes of the answers. */
function asked(silent: readonly HookGroup[], answers: readonly Relinked[]): { programs: RelinkRequest[]; why: string } {
  const programs: RelinkRequest[] = [];
  const native = {
    relink(scope: string, requests: readonly RelinkRequest[], cgroup: number): Relinked[] {
      expect([scope, cgroup]).toEqual(['connections', -1]);
      programs.push(...requests);
      return [...answers];
    },
  };
  const groups = [io, udp, snapshot];
  return { why: reattach(native, { feature: CONNECTIONS, groups }, silent, null), programs };
}

test('all links of the feature are looked at, those of the silent group are wanted, and what is only called has none', () => {
  const { programs, why } = asked([udp], [{ program: 'udp_sendmsg4', errno: 0, reason: '' }]);
  expect(programs.map(({ program, map, wanted }) => [program, map, wanted])).toEqual([
    ['io_send', '', false],
    ['udp_sendmsg4', '', true],
    ['seed_sockets', '', false],
    ['snapshot_tcp', 'tcp_blocks', false],
  ]);
  expect(programs[1]!.section).toBe('cgroup/sendmsg4');
  expect(why).toBe('');
});

test('what could not be attached anew is named with its reason', () => {
  const answers = [
    { program: 'io_send', errno: 0, reason: '' },
    { program: 'udp_sendmsg4', errno: 1, reason: 'Operation not permitted' },
  ];
  expect(asked([udp, io], answers).why).toBe('udp_sendmsg4: Operation not permitted');
  expect(asked([udp], []).why).toBe('it has no programs that are attached to anything');
});
