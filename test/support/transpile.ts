import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles modules (paths from the root of the repository) into a folder of their own, for threads that Vitest does not transform. The
 * caller lists what they import, too, and removes the folder.
 */
export function transpile(paths: readonly string[]): { folder: string; url: (path: string) => URL } {
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-test-'));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(ROOT, 'package.json')));
  const output = (path: string): string => join(folder, relative(ROOT, join(ROOT, path)).replace(/\.ts$/, '.js'));
  for (const path of paths) {
    const source = readFileSync(join(ROOT, path), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    mkdirSync(dirname(output(path)), { recursive: true });
    writeFileSync(output(path), outputText);
  }
  return { folder, url: (path) => pathToFileURL(output(path)) };
}

/** `entries` and whatever they import of this repository at run time, in any depth: for `transpile`. */
export function withImports(entries: readonly string[]): readonly string[] {
  const found = new Set(entries);
  // A set may grow while it is walked.
  for (const entry of found) {
    const { outputText } = ts.transpileModule(readFileSync(join(ROOT, entry), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
      if (fileName.startsWith('.')) found.add(join(dirname(entry), fileName).replace(/\.js$/, '.ts'));
    }
  }
  return [...found];
}
