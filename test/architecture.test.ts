/** The rooms and what they may import, as docs/architecture.md has them; a folder with a feature.ts in it is a room of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { featureFolders, isModule, modules, roomOf, SRC, uses } from './support/rooms.js';

/** Name, in the table, of what holds for every feature. */
const A_FEATURE = 'a feature';

interface Row {
  may: Set<string>;
}

function rows(): Map<string, Row> {
  const table = readFileSync(join(SRC, '../docs/architecture.md'), 'utf8');
  const found = table.matchAll(/^\| (?:`src\/([\w/-]+)`|(a feature)[^|]*) \|.*\| ([^|]*) \|$/gm);
  return new Map(
    [...found].map(([, room, feature, may]) => [
      room ?? feature!,
      { may: new Set([...may!.matchAll(/`([\w/-]+)`/g)].map(([, name]) => name!)) },
    ]),
  );
}

/** What every room may import. */
function everybodys(path: string): boolean {
  return path === 'errors.ts' || path === 'version.ts' || /^record(s|-order)\.gen\.ts$|layout\.gen\.ts$/.test(path);
}

const features = featureFolders();
const rooms = [...new Set(modules().map(roomOf))].filter((room) => room !== '');

test('every room of src has a row, and every row a room', () => {
  const own = rooms.filter((room) => !features.includes(room));
  expect([...rows().keys()].sort()).toEqual([...own, ...(features.length > 0 ? [A_FEATURE] : [])].sort());
});

test.each(rooms.filter((room) => room !== 'cli'))('%s imports what it may', (room) => {
  const { may } = rows().get(features.includes(room) ? A_FEATURE : room)!;
  const strangers: string[] = [];
  for (const path of modules().filter((module) => roomOf(module) === room)) {
    for (const { target, type } of uses(path).imports) {
      if (type || !isModule(target) || everybodys(target)) continue;
      const other = roomOf(target) || target.replace(/\.ts$/, '');
      if (other !== room && !may.has(other)) strangers.push(`${path}: ${target}`);
    }
  }
  expect(strangers).toEqual([]);
});

test('the drawing has every room, and every import of it goes down', () => {
  const text = readFileSync(join(SRC, '../docs/architecture.md'), 'utf8');
  const drawing = /## Layers\n[\s\S]*?```text\n([\s\S]*?)```/.exec(text)![1]!;
  const layers = drawing.split('\n').map((line) => line.replace(/\(.*\)/, '').match(/a feature|[a-z][\w/-]*/g) ?? []);
  const drawn = new Map(layers.flatMap((names, i) => names.map((name) => [name, i])));
  const layer = { get: (name: string) => drawn.get(features.includes(name) ? A_FEATURE : name) };
  expect(rooms.filter((room) => layer.get(room) === undefined)).toEqual([]);
  const nameOf = (path: string): string => roomOf(path) || path.replace(/\.ts$/, '');
  const upwards = modules().flatMap((path) => {
    const from = layer.get(nameOf(path));
    if (from === undefined) return [];
    const { imports } = uses(path);
    return imports
      .filter(({ target, type }) => !type && isModule(target) && !everybodys(target) && nameOf(target) !== nameOf(path))
      .filter(({ target }) => (layer.get(nameOf(target)) ?? Number.POSITIVE_INFINITY) <= from)
      .map(({ target }) => `${path}: ${target}`);
  });
  expect(upwards).toEqual([]);
});
