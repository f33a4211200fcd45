/** The rooms of src, read from the tree: folders with modules in them, and what each module imports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

const found = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort();

/** Every module, relative to src. */
export function modules(): readonly string[] {
  return found;
}

const declaring = found.filter((path) => path.endsWith('/feature.ts') && path !== 'pipeline/feature.ts').map(dirname);

/** Folders that declare a feature. */
export function featureFolders(): readonly string[] {
  return declaring;
}

/** Folders within a room that are one of their own. */
const INNER_ROOMS = ['sinks/kafka'];

/** The room a module belongs to: its feature's folder, an inner room, else the first folder of its path; '' for the modules of src itself. */
export function roomOf(path: string): string {
  const inner = [...featureFolders(), ...INNER_ROOMS].find((folder) => path.startsWith(`${folder}/`));
  return inner ?? (path.includes('/') ? path.split('/')[0]! : '');
}

export interface Import {
  /** Module relative to src, or a package. */
  target: string;
  /** Gone at run time. */
  type: boolean;
  /** `import()`: loaded when it is needed. */
  dynamic: boolean;
}

/** What a module imports, and the free names it uses. */
export interface Uses {
  imports: Import[];
  identifiers: Set<string>;
}

export function uses(path: string, text = readFileSync(join(SRC, path), 'utf8')): Uses {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: Uses = { imports: [], identifiers: new Set() };
  const add = (specifier: ts.Node, type: boolean, dynamic = false): void => {
    if (ts.isStringLiteral(specifier)) found.imports.push({ target: targetOf(path, specifier.text), type, dynamic });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0]!, false, true);
    if (ts.isIdentifier(node) && !isMemberName(node)) found.identifiers.add(node.text);
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') found.identifiers.add('Math.random');
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function targetOf(path: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts') : specifier;
}

export function isModule(target: string): boolean {
  return target.endsWith('.ts') && existsSync(join(SRC, target));
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node && parent.expression.getText() !== 'globalThis') ||
    ((ts.isPropertySignature(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) &&
      parent.name === node)
  );
}
