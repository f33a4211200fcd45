/** The rooms and what they may import, as docs/architecture.md has them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');
const EVERYBODY = new Set(['errors.ts', 'version.ts', 'kernel/layout.gen.ts']);

/** Room → the rooms it may import, out of the table. */
function rules(): Map<string, Set<string>> {
  const table = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const rows = table.matchAll(/^\| `src\/(\w+)` \|.*\| ([^|]*) \|$/gm);
  return new Map(
    [...rows].map(([, room, may]) => [room!, new Set([...may!.matchAll(/`(\w+)`/g)].map(([, name]) => name!))]),
  );
}

const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test('every folder of src has a row, and every row a folder', () => {
  expect([...rules().keys()].sort()).toEqual(folders.map(({ name }) => name).sort());
});

test.each(folders.map(({ name }) => name).filter((name) => name !== 'cli'))('%s imports what it may', (room) => {
  const may = rules().get(room)!;
  const strangers: string[] = [];
  for (const file of readdirSync(join(SRC, room), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const path = join(SRC, room, file);
    // Types are gone at run time.
    const text = readFileSync(path, 'utf8').replaceAll(/^(?:import|export) type [^;]*;/gm, '');
    for (const [, name] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      const target = relative(SRC, resolve(dirname(path), name!)).replace(/\.js$/, '.ts');
      const other = target.split('/')[0]!;
      if (other !== room && !may.has(other) && !EVERYBODY.has(target)) strangers.push(`${room}/${file}: ${target}`);
    }
  }
  expect(strangers).toEqual([]);
});
