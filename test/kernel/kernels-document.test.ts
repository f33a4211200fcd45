import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FEATURES } from '../../src/features.js';
import { PROBES, WAYS } from '../../src/kernel/probe-table.js';
import { kernelsDocument } from '../kernels/document.js';
import { readOutcomes } from '../kernels/outcome.js';

/** `CONNTRAIL_UPDATE_DOCS=1 npx vitest run --project unit test/kernel/kernels-document` writes it; the results come from `npm run test:kernels`. */
test('docs/kernels.md tells what the matrix found', () => {
  const path = new URL('../../docs/kernels.md', import.meta.url);
  const current = kernelsDocument(readOutcomes(), FEATURES, [...WAYS, ...PROBES]);
  if (process.env.CONNTRAIL_UPDATE_DOCS !== undefined) writeFileSync(path, current);
  expect(readFileSync(path, 'utf8')).toBe(current);
});

test('every hook group and every probe of the tables has been tried on a kernel', () => {
  const outcomes = Object.values(readOutcomes());
  const groups = new Set(outcomes.flatMap((outcome) => Object.keys(outcome.groups)));
  const probes = new Set(outcomes.flatMap((outcome) => Object.keys(outcome.probes)));
  const known = FEATURES.flatMap(({ name, hooks }) => hooks.map((group) => `${name}.${group.name}`));
  expect(known.filter((name) => !groups.has(name))).toEqual([]);
  expect([...WAYS, ...PROBES].map(({ name }) => name).filter((name) => !probes.has(name))).toEqual([]);
});
