import { constants } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import { FEATURES } from '../../src/features.js';
import { judge, LazyProbes, PROBES, WAYS } from '../../src/kernel/probes.js';
import { RUNGS, rungNumber } from '../../src/pipeline/hooks.js';
import { contradictions } from '../kernels/since.js';

const ALL = [...WAYS, ...PROBES];
const { EPERM, ENOENT, EACCES } = constants.errno;

describe('the tables', () => {
  test('each probe has one row; a version it names is the one it is there since', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
    for (const { mend, since } of ALL) {
      const [, named] = /Linux (\d+\.\d+)/.exec(mend) ?? [];
      expect(named ?? since).toBe(since);
    }
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
    expect(RUNGS.slice(9)).toEqual(['netlink', 'runtime', 'prebuilt', 'copy']);
  });
});

describe('judge', () => {
  test.each([
    [0, true, 'works', null],
    [ENOENT, true, 'missing', 'ENOENT'],
    [EPERM, true, 'refused', 'EPERM'],
    [EACCES, false, 'unknown', 'EACCES'],
  ] as const)('errno %d, privileged %s: %s', (errno, privileged, status, error) => {
    expect(judge([PROBES[0]!], [{ name: 'btf', errno }], () => privileged)).toMatchObject([{ status, error }]);
  });
});

describe('LazyProbes', () => {
  test('tries the kernel once, when it is asked', () => {
    const probe = vi.fn(() => [
      { name: 'tp_btf', errno: 0 },
      { name: 'ring_buffer', errno: ENOENT },
      { name: 'fentry', errno: EPERM },
    ]);
    const probes = new LazyProbes(probe);
    expect([probes.known, probe.mock.calls.length]).toEqual([false, 0]);
    expect(probes.lack(['tp_btf'])).toBe('');
    expect(probes.lack(['tp_btf', 'ring_buffer'])).toMatch(/^ring buffer: needs Linux 5\.8/);
    // A policy is not a lack.
    expect(probes.lack(['fentry'])).toBe('');
    expect([probes.known, probe.mock.calls.length]).toEqual([true, 1]);
  });
});

test('a kernel contradicts the table when it has what it cannot, or lacks what is there; a policy does not', () => {
  const row = (since: string, status: 'works' | 'missing' | 'refused') => ({ name: 'btf' as const, since, status });
  expect(
    contradictions([row('5.9', 'works'), row('6.3', 'missing'), row('5.4', 'refused')], '5.10.0-30-amd64'),
  ).toEqual([]);
  expect(contradictions([row('6.3', 'works')], '6.1.0')).toEqual(['btf works on 6.1.0, since 6.3']);
  expect(contradictions([row('5.9', 'missing')], '6.12')).toEqual(['btf missing on 6.12, since 5.9']);
});
