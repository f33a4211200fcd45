import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkPlace } from '../../src/cli/output-places.js';
import { temporaryFolder } from '../recording/helpers.js';

test.each([
  ['out/x.ctr', 'out'],
  ['./out/deep/x.ctr', 'out/'],
  ['/tmp/out/x.ctr', '/tmp/out'],
  ['x.ctr', '.'],
])('--record %s lies in --to %s', (record, to) => {
  expect(() => checkPlace('--record', record, to)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
});

test.each([
  ['x.ctr', 'out'],
  ['out.ctr', 'out'],
  ['/tmp/x.ctr', '/tmp/out'],
  ['..x.ctr', 'out'],
  [undefined, 'out'],
  ['x.ctr', undefined],
])('--record %s does not lie in --to %s', (record, to) => {
  expect(() => checkPlace('--record', record, to)).not.toThrow();
});

test.each([
  ['way/x.ctr', 'out'],
  ['out/x.ctr', 'way'],
  ['way/deep/x.ctr', 'out/'],
])('--record %s lies in --to %s when way is a link to out', (record, to) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out/deep'), { recursive: true });
  symlinkSync('out', join(folder, 'way'));
  expect(() => checkPlace('--record', `${folder}/${record}`, `${folder}/${to}`)).toThrow(/--record .* lies in/);
  expect(() => checkPlace('--ready-file', join(folder, 'x'), `${folder}/${to}`)).not.toThrow();
});
