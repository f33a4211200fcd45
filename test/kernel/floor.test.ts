import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { belowFloor } from '../../src/kernel/floor.js';
import { LazyProbes } from '../../src/kernel/probes.js';

const { EINVAL, EPERM } = constants.errno;

/** What is said of a kernel of that name on which trying atomics ends so. */
function said(errno: number, release: string): string {
  const probes = new LazyProbes(() => [{ name: 'atomics', errno, cause: '', log: '' }], { release, lockdown: null });
  return belowFloor(probes, release);
}

test('a kernel is below the floor by what it cannot do, and told with both numbers', () => {
  expect(said(EINVAL, '5.10.0-46-cloud-amd64')).toBe('conntrail needs Linux 5.15 or later; this is 5.10.');
  expect(said(EINVAL, '4.19.0-27-amd64')).toMatch(/; this is 4\.19\.$/);
});

test.each(['5.14.0-503.el9.x86_64', '5.10.0-with-backports', '6.1.0-56-cloud-amd64'])(
  '%s that can is not',
  (release) => {
    expect(said(0, release)).toBe('');
  },
);

test('a refusal by policy says nothing of the age of a kernel', () => {
  expect(said(EPERM, '5.10.0')).toBe('');
});
