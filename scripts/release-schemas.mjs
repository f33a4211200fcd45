#!/usr/bin/env node
/**
 * Usage: release-schemas.mjs [FOLDER]
 *
 * Keeps the present schemas as those of the version in package.json, in schemas/released/VERSION (or FOLDER): one file per record, complete
 * in itself, as container files and registries get it. What was released never changes: it refuses a version that is there.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecords } from './generate-records/record.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = process.argv[2] ?? join(root, 'schemas/released', version);
if (existsSync(folder)) {
  console.error(
    `${relative(root, folder)} is there, and released schemas never change: raise the version in package.json`,
  );
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
for (const { name, schemaText } of await readRecords(root, join(root, 'schemas')))
  writeFileSync(join(folder, `${name}.avsc`), `${JSON.stringify(JSON.parse(schemaText), null, 2)}\n`);
