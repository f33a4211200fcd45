import { constants } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import { FEATURES } from '../../src/features.js';
import { compareVersions } from '../../src/kernel/kernel-version.js';
import { PROBES, type ProbeName, WAYS } from '../../src/kernel/probe-table.js';
import { judge, LazyProbes, type ProbedHost } from '../../src/kernel/probes.js';
import type { Probe } from '../../src/native/index.js';
import { RUNGS, rungNumber } from '../../src/pipeline/hooks.js';
import { contradictions } from '../kernels/since.js';

const ALL = [...WAYS, ...PROBES];
const { EPERM, ENOENT, EACCES, EINVAL, ENOMEM } = constants.errno;

const HOST: ProbedHost = { release: '5.15.0-91-generic', lockdown: 'none', privileged: () => true };

const probe = (name: ProbeName, change: Partial<Probe> = {}): Probe => ({
  name,
  errno: 0,
  cause: '',
  log: '',
  ...change,
});

/** What is said of one row. */
function judged(name: ProbeName, change: Partial<Probe>, host: Partial<ProbedHost> = {}) {
  const row = ALL.filter((each) => each.name === name);
  return judge(row, [probe(name, change)], { ...HOST, ...host })[0]!;
}

describe('the tables', () => {
  test('each probe has one row, a title of its own, and a version', () => {
    for (const what of ['name', 'title'] as const) expect(new Set(ALL.map((row) => row[what])).size).toBe(ALL.length);
    expect(ALL.filter(({ since }) => !/^\d+\.\d+$/.test(since))).toEqual([]);
  });

  test.each(FEATURES)(
    '$name: rungs need what is probed, ids are the feature’s, groups that come before are there',
    (feature) => {
      const names = new Set<string>(ALL.map(({ name }) => name));
      const { hooks, id } = feature;
      expect(new Set(hooks.map((group) => group.id)).size).toBe(hooks.length);
      for (const group of hooks) {
        expect(group.rungs.length).toBeGreaterThan(0);
        for (const { needs } of group.rungs) expect(needs.filter((need) => !names.has(need))).toEqual([]);
        for (const earlier of group.after ?? []) expect(hooks.map(({ name }) => name)).toContain(earlier);
        if (group.id > 0xff) expect(group.id >> 8).toBe(id);
      }
    },
  );

  test('numbers of rungs in HOOKS frames never change', () => {
    const numbers = {
      fentry: 0,
      kprobe: 1,
      tp_btf: 2,
      tracepoint: 3,
      sockops: 4,
      cgroup: 5,
      iterator: 6,
      walk: 7,
      filter: 8,
    };
    for (const [rung, number] of Object.entries(numbers))
      expect(rungNumber(rung as (typeof RUNGS)[number])).toBe(number);
    expect(RUNGS.slice(9)).toEqual([
      'netlink',
      'runtime',
      'prebuilt',
      'copy',
      'cgroup_hash',
      'bpf_syscall',
      'procfs',
      'tail_call',
      'packet_socket',
    ]);
  });
});

describe('judge', () => {
  test('what works', () => {
    expect(judged('btf', {})).toMatchObject({ status: 'works', error: null, reason: '' });
  });

  test('what is missing says since when there is it, or what the kernel lacks that should have it', () => {
    const missing = { errno: EINVAL, log: 'program of this type cannot use helper bpf_task_storage_get#156' };
    expect(judged('cgroup_task_storage', missing)).toMatchObject({
      status: 'missing',
      error: 'EINVAL',
      log: missing.log,
      reason: 'needs Linux 6.16 or later',
    });
    expect(judged('ring_buffer', { errno: EINVAL }, { release: '5.4.0' }).reason).toBe(
      'needs Linux 5.8 or later; --transport perf is used until then',
    );
    expect(judged('kprobe', { errno: ENOENT }).reason).toBe('needs a kernel built with CONFIG_KPROBES');
    expect(judged('net_cookie', { errno: ENOENT }).reason).toBe('this kernel lacks it, though Linux has it since 5.12');
  });

  test('a policy is told from what is missing, and what the verifier refuses is no policy', () => {
    expect(judged('fentry', { errno: EPERM })).toMatchObject({
      status: 'refused',
      reason: 'a policy of this machine forbids it',
    });
    expect(judged('fentry', { errno: EACCES, log: 'R1 invalid mem access' }).status).toBe('missing');
    expect(judged('kprobe', { errno: EPERM }, { lockdown: 'confidentiality' }).reason).toBe(
      'a policy of this machine forbids it (lockdown: confidentiality)',
    );
  });

  test('lockdown takes helpers away as if there were none', () => {
    const gone = { errno: EINVAL, log: 'unknown func bpf_probe_read_kernel#113' };
    expect(judged('probe_read_kernel', gone, { lockdown: 'confidentiality' }).status).toBe('refused');
    expect(judged('probe_read_kernel', gone, { lockdown: 'integrity' }).status).toBe('missing');
  });

  test.each([
    ['no privilege', 'cgroup_sendmsg', { errno: EPERM }, 'CAP_NET_ADMIN is missing, and the kernel does not tell'],
    ['a limit', 'mmapable_array', { errno: ENOMEM }, 'a limit was in the way (ENOMEM)'],
    ['no types', 'tp_btf', { errno: ENOENT, cause: 'btf' }, 'not testable: this kernel’s BTF is missing or hidden'],
    [
      'no cgroup',
      'cgroup_attach',
      { errno: ENOENT, cause: 'cgroup' },
      'not testable: no cgroup v2 hierarchy is mounted',
    ],
  ] as const)('%s: nothing is known', (_, name, change, reason) => {
    const privileged = (capability: string | undefined) => capability !== 'net_admin';
    expect(judged(name, change, { privileged })).toMatchObject({ status: 'inconclusive', reason });
  });

  test('without privilege for any of it, and without an answer', () => {
    expect(judged('tp_btf', { errno: EPERM }, { privileged: () => false }).reason).toBe(
      'privilege is missing, and the kernel does not tell',
    );
    expect(judge(WAYS, [], HOST).map(({ status, reason }) => [status, reason])).toEqual(
      WAYS.map(() => ['inconclusive', 'not tried']),
    );
  });

  test('types that are hidden are not said to be missing from the kernel', () => {
    expect(judged('btf', { errno: ENOENT, cause: 'hidden' }).reason).toMatch(
      /^this kernel has it, but it is hidden here/,
    );
  });
});

describe('LazyProbes', () => {
  test('a helper that lockdown takes away is told as a policy where the verifier misses it', () => {
    const gone = [...WAYS, ...PROBES].map(({ name }) =>
      probe(name, name === 'probe_read_kernel' ? { errno: EINVAL, log: 'x' } : {}),
    );
    const probes = (lockdown: string) => new LazyProbes(() => gone, { release: '6.12', lockdown });
    const said = 'udp_sendmsg6: the verifier says: program of this type cannot use helper bpf_probe_read#4';
    expect(probes('confidentiality').lack(['tp_btf'], said)).toBe(
      'reads of kernel memory: a policy of this machine forbids it (lockdown: confidentiality)',
    );
    expect(probes('confidentiality').lack(['tp_btf'], 'x: Invalid argument')).toBe('');
    expect(probes('none').lack(['tp_btf'], said)).toBe('');
  });

  test('tries the kernel once, when it is asked', () => {
    const tried = vi.fn(() => [
      probe('tp_btf'),
      probe('ring_buffer', { errno: ENOENT }),
      probe('fentry', { errno: EPERM }),
    ]);
    const probes = new LazyProbes(tried, { release: '5.7', lockdown: null });
    expect([probes.known, tried.mock.calls.length]).toEqual([false, 0]);
    expect(probes.lack(['tp_btf'])).toBe('');
    expect(probes.lack(['tp_btf', 'ring_buffer'])).toMatch(/^ring buffer: needs Linux 5\.8/);
    // A policy is not a lack.
    expect(probes.lack(['fentry'])).toBe('');
    expect([probes.known, tried.mock.calls.length]).toEqual([true, 1]);
  });
});

test('releases are compared by two numbers', () => {
  expect(compareVersions('6.12.118+deb12-cloud-amd64', '6.12')).toBe(0);
  expect(compareVersions('6.1.0-30', '6.12')).toBeLessThan(0);
  expect(compareVersions('7.0', '6.19')).toBeGreaterThan(0);
  expect(compareVersions('6.19-rc3', '6.19')).toBe(0);
});

test('a kernel contradicts the table when it has what it cannot, or lacks what is there; a policy does not', () => {
  const row = (since: string, status: 'works' | 'missing' | 'refused') => ({ name: 'btf' as const, since, status });
  expect(
    contradictions([row('5.9', 'works'), row('6.3', 'missing'), row('5.4', 'refused')], '5.10.0-30-amd64'),
  ).toEqual([]);
  expect(contradictions([row('6.3', 'works')], '6.1.0')).toEqual(['btf works on 6.1.0, since 6.3']);
  expect(contradictions([row('5.9', 'missing')], '6.12')).toEqual(['btf missing on 6.12, since 5.9']);
});
