#!/usr/bin/env node
/**
 * Usage: generate-records.mjs [--check]
 *
 * Writes the TypeScript types, the encoders and the documentation of the records from schemas/*.avsc. With --check it writes nothing,
 * and fails when a committed file is not what it would write.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generate-records/files.mjs';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = dirname(dirname(fileURLToPath(import.meta.url)));
let stale = 0;
for (const [path, content] of await generatedFiles(root)) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === content) continue;
  if (values.check) {
    console.error(`${path} is stale: run \`node scripts/generate-records.mjs\``);
    stale++;
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(`wrote ${path}`);
}
process.exitCode = stale > 0 ? 1 : 0;
