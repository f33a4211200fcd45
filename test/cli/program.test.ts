import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = [
  '',
  'observe',
  'record',
  'dns',
  'check',
  'replay',
  'verify',
  'decode',
  'spool',
  'doctor',
  'features',
  'schema',
  'version',
];

/** What `conntrail ARGS` prints, without running an action. */
function run(...args: string[]): { out: string; err: string; code: number } {
  const written = { out: '', err: '' };
  const program = createProgram();
  const capture = {
    writeOut: (text: string) => void (written.out += text),
    writeErr: (text: string) => void (written.err += text),
  };
  program.configureOutput(capture);
  for (const command of program.commands) command.configureOutput(capture).action(() => {});
  try {
    program.parse(['node', 'conntrail', ...args]);
    return { ...written, code: 0 };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { ...written, code: error.exitCode };
  }
}

describe('help', () => {
  test.each(COMMANDS)('of `conntrail %s` fits 79 columns and is what it was', async (name) => {
    const { out, code } = run(...(name === '' ? [] : [name]), '--help');
    expect(code).toBe(0);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThan(80);
    await expect(out).toMatchFileSnapshot(`../golden/help${name === '' ? '' : `-${name}`}.txt`);
  });
});

describe('wrong usage', () => {
  test.each([
    [['observe', '--nope'], "unknown option '--nope' (Did you mean --name?)"],
    [['observe', '--port', '70000'], '"70000" is not a port'],
    [['observe', '--for', 'soon'], 'is not a duration such as'],
    [['observe', '--address', '10.0.0.0/33'], 'is not an address or prefix'],
    [['observe', '--protocol', 'tcp,sctp'], 'is not one of tcp, udp.'],
    [['observe', '--kernel-buffer', '64KiX'], 'is not a size such as'],
    [['observe', '-o', 'xml'], 'Allowed choices are'],
    [['nope'], "unknown command 'nope'"],
    [['replay'], "missing required argument 'file'"],
  ])('%j is one line that says so', (args, what) => {
    const { err, out, code } = run(...args);
    expect(code).toBeGreaterThan(0);
    expect(out).toBe('');
    expect(err.split('\n')).toHaveLength(2);
    expect(err).toMatch(/^conntrail: /);
    expect(err).toContain(what);
  });
});

const isLiveHalf = (path: string): boolean =>
  path.endsWith('/live.ts') && existsSync(join(dirname(path), 'feature.ts'));

/** Every module that importing `from` loads; with `lazy`, also those that it may load later. The live half of a feature only the tracer loads. */
function reach(from: string, lazy: boolean, seen = new Set<string>()): Set<string> {
  if (seen.has(from)) return seen;
  seen.add(from);
  const text = readFileSync(from, 'utf8');
  const pattern = lazy ? /(?:from|import\()\s*'([^']+)'/g : /from '([^']+)'/g;
  // Types are gone at run time.
  for (const [, name] of text.replaceAll(/^(?:import|export) type [^;]*;/gm, '').matchAll(pattern)) {
    const path = resolve(dirname(from), name!.replace(/\.js$/, '.ts'));
    if (name!.startsWith('.')) {
      if (existsSync(path) && !isLiveHalf(path)) reach(path, lazy, seen);
    } else seen.add(name!);
  }
  return seen;
}

/** Its spool takes locks, which the addon has. */
const KAFKA = join(ROOT, 'src/sinks/kafka/kafka-output.ts');

describe('what a command loads', () => {
  const heavy = (seen: Set<string>): string[] =>
    [...seen]
      .map((path) => relative(ROOT, path))
      .filter((path) => /native\/index|piscina|src\/workers|src\/tracer\.ts/.test(path));

  test('the command tree by itself: neither pipeline nor addon', () => {
    const seen = reach(join(ROOT, 'src/cli/main.ts'), false);
    expect(seen.size).toBeGreaterThan(20);
    expect(heavy(seen)).toEqual([]);
    expect([...seen].filter((path) => path.includes('src/pipeline/') || path === 'rxjs')).toEqual([]);
  });

  test.each(['replay', 'verify', 'schema', 'version'])(
    '`%s`, whatever it does but write to Kafka: no addon, no worker, no tracer',
    (name) => {
      const seen = new Set([KAFKA]);
      expect(heavy(reach(join(ROOT, `src/cli/commands/${name}.ts`), true, seen))).toEqual([]);
    },
  );

  test('`observe`: the tracer, so that this test would see it', () => {
    expect(heavy(reach(join(ROOT, 'src/cli/commands/observe.ts'), true))).toContain('src/native/index.ts');
  });
});

test('schema prints what stands in the files', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await createProgram().parseAsync(['node', 'conntrail', 'schema', 'print', 'ledger']);
    const printed = JSON.parse(String(write.mock.calls[0]![0])) as unknown;
    expect(printed).toMatchObject({ type: 'record', name: 'Ledger', namespace: 'conntrail' });
  } finally {
    write.mockRestore();
    process.exitCode = 0;
  }
});
