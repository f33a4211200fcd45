import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import { diagnoseGroup, type GroupDiagnosis } from '../../src/cli/group-diagnosis.js';
import { told } from '../../src/cli/probe-users.js';
import { recommendation } from '../../src/cli/recommendation.js';
import { CONNECTIONS } from '../../src/connections/feature.js';
import type { HookGroup } from '../../src/kernel/hook-groups.js';
import { PROBES, type ProbeName, WAYS } from '../../src/kernel/probe-table.js';
import { judge, type ProbedHost } from '../../src/kernel/probes.js';
import type { HookGroupSpec } from '../../src/pipeline/hooks.js';

const GROUPS: readonly HookGroupSpec[] = CONNECTIONS.hooks;
const { EINVAL, EPERM } = constants.errno;

/** On these rungs; null: off. Of others the best. */
function groups(rungs: Readonly<Record<string, HookGroup['rung']>> = {}): GroupDiagnosis[] {
  return GROUPS.map(({ name, id, proof, rungs: [best] }) => {
    const rung = name in rungs ? rungs[name]! : best!.rung;
    const attached = rung !== null;
    const sound = { fault: '', silent: false, reattached: 0, reason: attached ? '' : 'x', code: null };
    const nothing = { refused: [], assets: [], programs: [] };
    return diagnoseGroup({
      feature: 'connections',
      name,
      id,
      proof,
      rung,
      attached,
      proven: attached,
      ...sound,
      ...nothing,
    });
  });
}

/** On a kernel that refuses these. */
function host(release: string, refuses: Partial<Record<ProbeName, number>> = {}) {
  const answers = [...WAYS, ...PROBES].map(({ name }) => ({
    name,
    errno: refuses[name] ?? 0,
    cause: '' as const,
    log: '',
  }));
  const here: ProbedHost = { release, lockdown: null, privileged: () => true };
  const rungs = judge(WAYS, answers, here).map((way) => ({ ...told(way), live: false }));
  return {
    kernel: { release, machine: 'x86_64', lockdown: null, btf: true },
    rungs,
    features: judge(PROBES, answers, here).map(told),
  };
}

function diagnosis(change: Partial<Diagnosis>): Diagnosis {
  return {
    conntrail: '1',
    cpus: 1,
    libbpf: '1.5',
    verdict: 'ok',
    problems: [],
    recommendation: '',
    capabilities: [{ name: 'net_admin', held: true }],
    cgroup2: '/sys/fs/cgroup',
    kafka_client: '1.10.1',
    transport: 'ring',
    transport_reason: '',
    hook_groups: groups(),
    assets: [],
    refused: [],
    limits: { memlock: null, open_files: null, memory_bytes: null },
    ...host('6.18'),
    ...change,
  };
}

describe('one thing to do', () => {
  test('nothing, where all is by its best way', () => {
    expect(recommendation(diagnosis({}))).toBe('');
  });

  test('what stands in the way of everything comes first', () => {
    const problems = ['Run as root, or with what is missing: CAP_BPF.'];
    expect(recommendation(diagnosis({ verdict: 'privilege', problems, cgroup2: null }))).toBe(problems[0]);
  });

  test('a capability before a mount, a mount before a kernel', () => {
    const off = {
      verdict: 'degraded',
      hook_groups: groups({ udp: null }),
      ...host('6.1', { cgroup_task_storage: EINVAL }),
    } as const;
    const capabilities = [{ name: 'net_admin' as const, held: false }];
    expect(recommendation(diagnosis({ ...off, capabilities, cgroup2: null }))).toBe(
      'Run it with CAP_NET_ADMIN too, or as root: udp then works.',
    );
    expect(recommendation(diagnosis({ ...off, cgroup2: null }))).toMatch(/^Mount a cgroup v2 hierarchy/);
    // DNS is no group then: the feature does not run at all.
    const refused = [{ feature: 'dns', code: 'CONNTRAIL_KERNEL', reason: 'x' }];
    expect(recommendation(diagnosis({ ...off, refused, cgroup2: null }))).toMatch(/: dns and udp then work\.$/);
    expect(recommendation(diagnosis({ ...off, refused, capabilities }))).toMatch(/: dns and udp then work\.$/);
    expect(recommendation(diagnosis(off))).toBe('Boot Linux 6.16 or later: udp then works.');
  });

  test('a newer kernel for what is off: the one that has that, whatever others would gain', () => {
    const hook_groups = groups({ udp: 'cgroup_hash', owner: null, snapshot: null });
    const lacks = { cgroup_task_storage: EINVAL, sock_length_tracepoints: EINVAL, rdonly_cast: EINVAL };
    expect(recommendation(diagnosis({ verdict: 'degraded', hook_groups, ...host('6.1', lacks) }))).toBe(
      'Boot Linux 6.3 or later: owner and snapshot then work.',
    );
  });

  test('a newer kernel where ways cost more: the one that has all of them', () => {
    const hook_groups = groups({ udp: 'cgroup_hash', owner: 'fentry', snapshot: 'copy' });
    const lacks = { cgroup_task_storage: EINVAL, sock_length_tracepoints: EINVAL, rdonly_cast: EINVAL };
    expect(recommendation(diagnosis({ hook_groups, ...host('6.1.0-56', lacks) }))).toBe(
      'Nothing has to be done; Linux 6.16 or later does without what is said above of owner and udp.',
    );
  });

  test('no newer kernel where this one is new enough; what a policy forbids is to be allowed', () => {
    const off = { verdict: 'degraded', hook_groups: groups({ snapshot: null }) } as const;
    expect(recommendation(diagnosis({ ...off, ...host('6.18', { loop: EINVAL }) }))).toBe('');
    expect(recommendation(diagnosis({ ...off, ...host('6.18', { map_iterator: EPERM }) }))).toBe(
      'Allow conntrail this: map iterator. snapshot then works.',
    );
  });
});
