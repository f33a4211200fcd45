/** What makes replay possible, enforced: nothing the pipeline is made of looks at a clock, a file, the kernel or chance. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const ROOMS = ['pipeline', 'connections', 'ledger'];

/** Modules of other rooms that are pure themselves: generated offsets and record types, and the error class. */
const ALLOWED_MODULES = new Set([
  'errors.ts',
  'kernel/layout.gen.ts',
  'avro/connection-source.ts',
  'avro/generated/ledger.ts',
  'avro/generated/output.ts',
]);
const ALLOWED_PACKAGES = new Set(['rxjs']);
const FORBIDDEN = new Set([
  'Atomics',
  'Date',
  'Intl',
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
]);

function sources(): string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(join(SRC, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(room, name)),
  );
}

interface Uses {
  imports: string[];
  identifiers: string[];
}

function uses(path: string, text = readFileSync(join(SRC, path), 'utf8')): Uses {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: Uses = { imports: [], identifiers: [] };
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.imports.push((node.moduleSpecifier as ts.StringLiteral).text);
    }
    if (node.kind === ts.SyntaxKind.ImportKeyword && ts.isCallExpression(node.parent))
      found.identifiers.push('import()');
    if (ts.isIdentifier(node) && FORBIDDEN.has(node.text) && !isMemberName(node)) found.identifiers.push(node.text);
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') found.identifiers.push('Math.random');
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node && parent.expression.getText() !== 'globalThis') ||
    ((ts.isPropertySignature(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) &&
      parent.name === node)
  );
}

/** Why an import is not allowed, or undefined. */
function fault(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return ALLOWED_PACKAGES.has(specifier) ? undefined : specifier;
  const module = normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts');
  const [room] = module.split('/');
  return ROOMS.includes(room!) || ALLOWED_MODULES.has(module) ? undefined : module;
}

describe('the pipeline and its state', () => {
  it.each(sources())('%s is a pure function of frames', (path) => {
    const { imports, identifiers } = uses(path);
    expect(identifiers).toEqual([]);
    expect(imports.map((specifier) => fault(path, specifier)).filter(Boolean)).toEqual([]);
  });

  it('what they may import imports nothing impure either', () => {
    for (const module of ALLOWED_MODULES) {
      const { imports, identifiers } = uses(module);
      expect([module, identifiers, imports.filter((specifier) => !specifier.startsWith('.'))]).toEqual([
        module,
        [],
        [],
      ]);
    }
  });
});

describe('the check itself', () => {
  it.each([
    ['new Date()', 'Date'],
    ['performance.now()', 'performance'],
    ['process.hrtime()', 'process'],
    ['globalThis.process', 'process'],
    ['Math.random()', 'Math.random'],
    ["await import('node:fs')", 'import()'],
  ])('finds %s', (text, name) => {
    expect(uses('pipeline/x.ts', text).identifiers).toContain(name);
  });

  it.each([
    ["import 'node:fs'", 'node:fs'],
    ["import { native } from '../native/index.js'", 'native/index.ts'],
    ["export * from '../kernel/host.js'", 'kernel/host.ts'],
    ["import { x } from 'avsc'", 'avsc'],
  ])('finds %s', (text, name) => {
    const [specifier] = uses('pipeline/x.ts', text).imports;
    expect(fault('pipeline/x.ts', specifier!)).toBe(name);
  });
});
