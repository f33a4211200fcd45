import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, type TestContext } from 'vitest';
import { lacksCommand, need } from './require.js';
import { transpile, withImports } from './transpile.js';

/** What a script did to the files below its folder, and what it printed. */
export interface Traced {
  /** `pwrite64 out/a.avro`, `fsync out`, …, in order; a call that failed has its error behind it. */
  calls: string[];
  status: number | null;
  out: string;
  errors: string;
}

/** Compiling and tracing take seconds where the machine is busy. */
export const TRACED_MS = 300_000;

const CALLS = 'openat,mkdir,unlink,link,write,pwrite64,ftruncate,fsync,fdatasync';

/** What strace lacks here, in half a sentence; null = nothing. */
export function lacksStrace(): string | null {
  const lack = lacksCommand('strace');
  if (lack !== null) return lack;
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? null : 'tracing system calls is not allowed';
}

/**
 * A module with `body` behind imports of the names in `modules` (names → file of this repository), for a process of its own: its path, in a
 * folder that is gone after the test.
 */
export function compileScript(modules: Record<string, string>, body: string): string {
  const compiled = transpile(withImports(Object.values(modules)));
  onTestFinished(() => rmSync(compiled.folder, { recursive: true, force: true }));
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(compiled.folder, 'node_modules'));
  const imports = Object.entries(modules).map(
    ([names, path]) => `import { ${names} } from '${compiled.url(path).href}';`,
  );
  const script = join(compiled.folder, 'script.mjs');
  writeFileSync(script, `${imports.join('\n')}\n${body}`);
  return script;
}

/**
 * Runs such a script in `folder` below strace. `inject` are its faults: `pwrite64:error=ENOSPC:when=3`; `fileBytes` is the most that a file
 * may have, so that a write across that is a short one.
 */
export function traced(
  context: TestContext,
  folder: string,
  modules: Record<string, string>,
  body: string,
  inject: readonly string[] = [],
  fileBytes: number | null = null,
): Traced {
  need(context, 'strace', lacksStrace());
  const script = compileScript(modules, body);
  mkdirSync(folder, { recursive: true });
  const log = join(dirname(script), 'strace.log');
  const faults = inject.flatMap((fault) => ['-e', `inject=${fault}`]);
  const limit = fileBytes === null ? [] : ['prlimit', `--fsize=${fileBytes}`];
  // One thread for all file operations: the log is in their order.
  const { status, stdout, stderr } = spawnSync(
    'strace',
    ['-f', '-y', '-o', log, '-e', `trace=${CALLS}`, ...faults, ...limit, process.execPath, script],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, UV_THREADPOOL_SIZE: '1' } },
  );
  return { calls: callsBelow(folder, readFileSync(log, 'utf8')), status, out: stdout, errors: stderr };
}

/** Lines of strace's log, those joined of which another thread's call made two: `7 fsync(21 <unfinished ...>`, `7 <... fsync resumed>) = 0`. */
export function wholeLines(log: string): string[] {
  const begun = new Map<string, string>();
  const lines: string[] = [];
  for (const line of log.split('\n')) {
    const [, thread, rest] = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    const unfinished = /^(\d+) .*(?= <unfinished \.\.\.>$)/.exec(line);
    if (unfinished !== null) begun.set(unfinished[1]!, unfinished[0]);
    else lines.push(thread === undefined ? line : `${begun.get(thread) ?? ''}${rest}`);
  }
  return lines;
}

/** The calls whose file lies in `folder`, times left out of names. */
function callsBelow(folder: string, log: string): string[] {
  const calls: string[] = [];
  const directories = new Map<string, string>();
  for (const line of wholeLines(log)) {
    const call = /^\d+ +(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?(?: (E\w+))?/.exec(line);
    if (call === null) continue;
    const [, name, args, result, made, error] = call;
    // Of an open, the file it made; of a call on a descriptor, that one's; else the last name that is given.
    const path = made ?? /^\d+<([^>]*)>/.exec(args!)?.[1] ?? [...args!.matchAll(/"([^"]*)"/g)].at(-1)?.[1] ?? '';
    if (name === 'openat' && made !== undefined && args!.includes('O_DIRECTORY')) directories.set(result!, made);
    const real = path.replace(/^\/proc\/self\/fd\/(\d+)/, (_, number: string) => directories.get(number) ?? '');
    if (real !== folder && !real.startsWith(`${folder}/`)) continue;
    if (name === 'openat' && !args!.includes('O_CREAT')) continue;
    const short = real.slice(folder.length + 1).replace(/-\d{8}T\d{6}\.\d{3}Z/, '') || '.';
    calls.push(`${name === 'openat' ? 'create' : name} ${short}${error === undefined ? '' : ` ${error}`}`);
    if (result === '0' && name === 'pwrite64') calls.push('nothing written');
  }
  return calls;
}
