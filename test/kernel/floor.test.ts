import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { belowFloor } from '../../src/kernel/floor.js';
import { LazyProbes } from '../../src/kernel/probes.js';

const { EINVAL, EPERM } = constants.errno;

/** What is said of a kernel of that name on which trying what was last needed ends so. */
function said(errno: number, release: string): string {
  const probes = new LazyProbes(() => [{ name: 'skc_to_tcp_sock', errno, cause: '', log: '' }], {
    release,
    lockdown: null,
  });
  return belowFloor(probes, release);
}

test('a kernel is below the floor by what it cannot do, and told with both numbers', () => {
  expect(said(EINVAL, '5.4.0-216-generic')).toBe('conntrail needs Linux 5.10 or later; this is 5.4.');
  expect(said(EINVAL, '4.19.0-27-amd64')).toMatch(/; this is 4\.19\.$/);
});

test.each(['4.18.0-553.el8_10.x86_64', '5.10.0-46-cloud-amd64', '6.1.0-56-cloud-amd64'])(
  '%s that can is not',
  (release) => {
    expect(said(0, release)).toBe('');
  },
);

test('a refusal by policy says nothing of the age of a kernel', () => {
  expect(said(EPERM, '5.4.0')).toBe('');
});
