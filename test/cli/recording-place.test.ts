import { expect, test } from 'vitest';
import { checkRecordingPlace } from '../../src/cli/recording-place.js';

test.each([
  ['out/x.ctr', 'out'],
  ['./out/deep/x.ctr', 'out/'],
  ['/tmp/out/x.ctr', '/tmp/out'],
  ['x.ctr', '.'],
])('--record %s lies in --to %s', (record, to) => {
  expect(() => checkRecordingPlace(record, to)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
});

test.each([
  ['x.ctr', 'out'],
  ['out.ctr', 'out'],
  ['/tmp/x.ctr', '/tmp/out'],
  ['..x.ctr', 'out'],
  [undefined, 'out'],
  ['x.ctr', undefined],
])('--record %s does not lie in --to %s', (record, to) => {
  expect(() => checkRecordingPlace(record, to)).not.toThrow();
});
