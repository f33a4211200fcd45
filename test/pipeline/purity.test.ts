/** What makes replay possible, enforced: nothing the pipeline is made of looks at a clock, a file, the kernel or chance. */
import { describe, expect, it } from 'vitest';
import { featureFolders, isModule, modules, roomOf, uses } from '../support/rooms.js';

const ROOMS = ['frames', 'pipeline', 'ledger', 'connections'];
/**
 * The live half of a feature, where its frames come from: only the tracer loads it. What its stage is given from outside (`prepare`). And its
 * table, for people: only the command does.
 */
const LIVE = /\/(?:live|hooks|command|(?:table|watch|source|privacy)\/[\w-]+)\.ts$/;

const ALLOWED_PACKAGES = new Set(['@datadog/sketches-js', 'rxjs', 'zod']);
const FORBIDDEN = [
  'Atomics',
  'Date',
  'Intl',
  'Math.random',
  'SharedArrayBuffer',
  'Worker',
  'crypto',
  'eval',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

/** Every module that runs when one of the pure rooms does: they, and what they import, and what that imports. */
function pureModules(): string[] {
  const rooms = new Set([...ROOMS, ...featureFolders()]);
  const found = new Set(modules().filter((path) => rooms.has(roomOf(path)) && !LIVE.test(`/${path}`)));
  for (const path of found) {
    for (const { target, type, dynamic } of uses(path).imports) {
      if (!type && !dynamic && isModule(target)) found.add(target);
    }
  }
  return [...found].sort();
}

/** What is wrong with a module; nothing when it is pure. */
function faults(path: string, text?: string): string[] {
  const { imports, identifiers } = uses(path, text);
  const packages = imports
    .filter(({ target, type }) => !type && !isModule(target) && !target.endsWith('.ts'))
    .map(({ target }) => target)
    .filter((name) => !ALLOWED_PACKAGES.has(name));
  // A feature names its live half, for the tracer alone.
  const loaded = imports
    .filter(({ target, dynamic }) => dynamic && !LIVE.test(`/${target}`))
    .map(({ target }) => target);
  return [...FORBIDDEN.filter((name) => identifiers.has(name)), ...packages, ...loaded];
}

describe('the pipeline, the features and all they import', () => {
  it.each(pureModules())('%s is a pure function of frames', (path) => {
    expect(faults(path)).toEqual([]);
  });
});

describe('the check itself', () => {
  it.each([
    ['new Date()', 'Date'],
    ['performance.now()', 'performance'],
    ['process.hrtime()', 'process'],
    ['globalThis.process', 'process'],
    ['Math.random()', 'Math.random'],
    ["await import('node:fs')", 'node:fs'],
    ["import 'node:fs'", 'node:fs'],
    ["import { x } from 'avsc'", 'avsc'],
  ])('finds %s', (text, name) => {
    expect(faults('pipeline/x.ts', text)).toContain(name);
  });

  it('follows imports into other rooms', () => {
    expect(pureModules()).toContain('encoding/varint.ts');
    expect(pureModules()).not.toContain('kernel/host.ts');
  });
});
