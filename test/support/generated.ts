/** Record types generated from schemas of a test, compiled, and what the compiler says of them. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import { transpile, withImports } from './transpile.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OPTIONS = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  skipLibCheck: true,
  noEmit: true,
};
const HELPERS = [
  'address-cache',
  'address-text',
  'bounds',
  'decimal',
  'double',
  'fragments',
  'json-text',
  'name-cache',
  'process-name',
  'record-prefix',
  'stream-schema',
  'string-output',
  'time-text',
  'varint',
  'wide-output',
  'wide-text',
].map((name) => `src/encoding/${name}.ts`);

/** What `scripts/generate-records.mjs` would write for the schemas in `folder`: text by path. */
export async function generated(folder: string): Promise<ReadonlyMap<string, string>> {
  const { generatedFiles } = (await import(pathToFileURL(join(ROOT, 'scripts/generate-records/files.mjs')).href)) as {
    generatedFiles: (root: string, schemas: string) => Promise<Map<string, string>>;
  };
  return generatedFiles(ROOT, folder);
}

/** Compiles them beside the modules they import. `remove` what it made. */
export async function compiled(
  files: ReadonlyMap<string, string>,
): Promise<{ types: readonly RecordType<RecordSource>[]; remove: () => void }> {
  const { folder } = transpile(withImports(HELPERS));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of files) {
    if (!path.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    const output = join(folder, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, outputText);
  }
  const list = (await import(pathToFileURL(join(folder, 'src/records.gen.js')).href)) as {
    RECORD_TYPES: readonly RecordType<RecordSource>[];
  };
  return { types: list.RECORD_TYPES, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What the compiler has against them where they would stand, with `others` (text by path) beside them. */
export function complaints(files: ReadonlyMap<string, string>, others: Readonly<Record<string, string>>): string[] {
  const texts = new Map([...files, ...Object.entries(others)].map(([path, text]) => [join(ROOT, path), text]));
  const host = ts.createCompilerHost(OPTIONS);
  const { directoryExists, fileExists, readFile } = host;
  host.directoryExists = (path) =>
    [...texts.keys()].some((name) => name.startsWith(`${path}/`)) || directoryExists?.(path) === true;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, target) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, target);
  };
  const roots = [...texts.keys()].filter((path) => path.endsWith('.ts') && path.includes('/fixture/'));
  return ts
    .getPreEmitDiagnostics(ts.createProgram(roots, OPTIONS, host))
    .map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}
