import { fileURLToPath } from 'node:url';
import type { Command } from '../harness/child.js';

/** The command of a TypeScript subject. */
export function subject(name: string, options: Readonly<Record<string, string | number>> = {}): Command {
  const file = fileURLToPath(new URL(`../subjects/${name}.js`, import.meta.url));
  const flags = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  return { file: process.execPath, arguments: [file, ...flags] };
}
