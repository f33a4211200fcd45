import { expect, test } from 'vitest';
import { foreignTo } from '../../src/kernel/check-host.js';

test('other systems and machines are told in one sentence each', () => {
  expect(foreignTo('linux', 'x64')).toBe('');
  expect(foreignTo('linux', 'arm64')).toMatch(/^Live tracing is proven on x86-64 only.* not on arm64;.*\.$/);
  expect(foreignTo('darwin', 'arm64')).toMatch(/^Live tracing needs Linux;.*\.$/);
});
