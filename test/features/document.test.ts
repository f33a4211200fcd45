import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { FEATURES } from '../../src/features.js';
import { featuresDocument } from '../support/features-document.js';

/** `CONNTRAIL_UPDATE_DOCS=1 npx vitest run --project unit test/features/document` writes it. */
test('docs/features.md tells of every feature what it declares', () => {
  const path = new URL('../../docs/features.md', import.meta.url);
  const current = featuresDocument(FEATURES);
  if (process.env.CONNTRAIL_UPDATE_DOCS !== undefined) writeFileSync(path, current);
  expect(readFileSync(path, 'utf8')).toBe(current);
});

test.each(FEATURES)('every option of $name is described', ({ options }) => {
  const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  const bare = Object.entries(properties).filter(([, schema]) => !(schema as { description?: string }).description);
  expect(bare.map(([name]) => name)).toEqual([]);
});

test('links into docs/records.md lead to a heading', () => {
  const records = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8');
  const headings = new Set([...records.matchAll(/^#+ (\w+)$/gm)].map(([, heading]) => heading!.toLowerCase()));
  const links = [...featuresDocument(FEATURES).matchAll(/records\.md#(\w+)/g)].map(([, anchor]) => anchor!);
  expect(links.length).toBeGreaterThan(FEATURES.length);
  expect(links.filter((anchor) => !headings.has(anchor))).toEqual([]);
});
