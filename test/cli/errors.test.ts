/** Every error ends in its code, wherever it comes from. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes.js';
import { createProgram } from '../../src/cli/program.js';
import type { ErrorCode } from '../../src/errors.js';
import { encodeStart } from '../../src/recording/format.js';
import { encodeHeader } from '../../src/recording/header.js';
import { HEADER, temporaryFolder } from '../recording/helpers.js';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const SAMPLE = fileURLToPath(new URL('../recordings/sample.ctr', import.meta.url));

let err = '';
beforeEach(() => {
  err = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** The exit status of `conntrail ARGS`, whose standard error is in `err`. */
async function run(...args: string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await createProgram().parseAsync(['node', 'conntrail', ...args]);
    return Number(process.exitCode);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

function cutShort(): string {
  const path = join(temporaryFolder(), 'cut.ctr');
  writeFileSync(path, encodeStart(encodeHeader(HEADER)));
  return path;
}

describe('one line that ends in its code, with the status that the code means', () => {
  test.each<[ErrorCode, string, (string | (() => string))[]]>([
    ['CONNTRAIL_OPTION', 'an unknown command', ['nosuch']],
    ['CONNTRAIL_OPTION', 'help for an unknown command', ['help', 'nosuch']],
    ['CONNTRAIL_OPTION', 'help for an unknown subcommand', ['help', 'schema', 'nosuch']],
    ['CONNTRAIL_OPTION', 'an unknown subcommand', ['schema', 'nosuch']],
    ['CONNTRAIL_OPTION', 'an unknown schema', ['schema', 'print', 'nosuch']],
    ['CONNTRAIL_OPTION', 'an unknown option', ['observe', '--nope']],
    ['CONNTRAIL_OPTION', 'an option without its value', ['observe', '--port']],
    ['CONNTRAIL_OPTION', 'a missing argument', ['verify']],
    ['CONNTRAIL_OPTION', 'an argument too many', ['version', 'x']],
    ['CONNTRAIL_OPTION', 'a word that is none of the choices', ['replay', SAMPLE, '-o', 'xml']],
    ['CONNTRAIL_OPTION', 'a filter that cannot be', ['replay', SAMPLE, '--port', '!x']],
    ['CONNTRAIL_OPTION', 'a size that cannot be', ['observe', '--ring-size', 'big']],
    ['CONNTRAIL_OPTION', 'a time that cannot be', ['observe', '--for', '10x']],
    ['CONNTRAIL_OPTION', 'a count that cannot be', ['observe', '--max-loss', '1.5']],
    ['CONNTRAIL_OPTION', 'a value that the tracer refuses', ['observe', '--ring-size', '3M']],
    ['CONNTRAIL_OPTION', 'a cgroup that is not there', ['observe', '--cgroup', '/nosuch/cgroup']],
    ['CONNTRAIL_OPTION', 'rotation without a directory', ['replay', SAMPLE, '--rotate-size', '1M']],
    ['CONNTRAIL_OPTION', 'rotation in time without a directory', ['observe', '--rotate-every', '1h']],
    ['CONNTRAIL_OPTION', 'a codec without a directory', ['observe', '--codec', 'null']],
    ['CONNTRAIL_OPTION', 'a wide table that is none', ['replay', SAMPLE, '-w', '-o', 'ndjson']],
    ['CONNTRAIL_OPTION', 'a coloured table that is none', ['observe', '--color', 'never', '--to', '/nosuch/out']],
    ['CONNTRAIL_OPTION', 'no ledger in Avro', ['replay', SAMPLE, '--no-ledger', '-o', 'avro']],
    ['CONNTRAIL_OPTION', 'no ledger and no lines', ['observe', '--no-ledger', '--to', '/nosuch/out']],
    ['CONNTRAIL_OPTION', 'readers of a ring', ['observe', '--readers', '2']],
    ['CONNTRAIL_OPTION', 'filters and none', ['replay', SAMPLE, '--unfiltered', '--port', '1']],
    ['CONNTRAIL_OPTION', 'a recording within a directory', ['observe', '--to', 'out', '--record', 'out/x.ctr']],
    ['CONNTRAIL_IO', 'a file that is not there', ['verify', '/nosuch']],
    ['CONNTRAIL_IO', 'a recording that is not there', ['replay', '/nosuch']],
    ['CONNTRAIL_FORMAT', 'what is no recording', ['replay', join(SRC, 'errors.ts')]],
    ['CONNTRAIL_CUT_SHORT', 'a recording cut short', ['replay', cutShort]],
    ['CONNTRAIL_OPTION', 'what cannot be decoded', ['decode', 'nosuch', SAMPLE]],
    ['CONNTRAIL_OPTION', 'nothing to decode', ['decode', 'dns']],
    ['CONNTRAIL_IO', 'a message that is not there', ['decode', 'dns', '/nosuch']],
    ['CONNTRAIL_DNS_MESSAGE', 'what is no message', ['decode', 'dns', SAMPLE]],
    ['CONNTRAIL_VERIFICATION', 'what is not ours', ['verify', join(SRC, 'errors.ts')]],
    ['CONNTRAIL_VERIFICATION', 'what is cut short', ['verify', cutShort]],
  ])('%s: %s', async (code, _, args) => {
    const status = await run(...args.map((arg) => (typeof arg === 'string' ? arg : arg())));
    expect(err.split('\n')).toHaveLength(2);
    expect(err).toMatch(/^conntrail: .*\S/);
    expect(err.trimEnd()).toMatch(new RegExp(`\\[${code}\\]$`));
    expect(status).toBe(exitCodeOf(code));
    expect(process.stdout.write).not.toHaveBeenCalled();
  });

  test('a defect has a code too, and its stack behind it', async () => {
    const { fail } = await import('../../src/cli/say.js');
    expect(fail(new TypeError('x is\nno y'))).toBe(EXIT.failure);
    expect(err.split('\n')[0]).toMatch(/^conntrail: internal error: x is no y; .* \[CONNTRAIL_INTERNAL\]$/);
    expect(err).toContain('errors.test.ts');
  });
});

/**
 * Where a status other than 0 may come from without `fail` in the same breath: the mapping, what doctor prints as its answer, what
 * commander has told, a second signal, and the judgement over what was told before.
 */
const TOLD_ELSEWHERE = /^(exit-codes|say|doctor|main|stop-signals|live|judge)\.ts$/;

test('no command ends with a failure that `fail` did not tell', () => {
  const places: string[] = [];
  const files = readdirSync(join(SRC, 'cli'), { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((name) => name.endsWith('.ts') && !TOLD_ELSEWHERE.test(name))) {
    const path = join(SRC, 'cli', name);
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'EXIT' && node.name.text !== 'ok') {
        places.push(`${relative(SRC, path)}: ${node.parent.getText()}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  expect(places).toEqual([]);
});

test.each([
  ['observe', '--protocol', 'TCP'],
  ['observe', '--transport', 'Ring'],
  ['observe', '-o', 'NDJSON', '--color', 'AUTO'],
  ['replay', SAMPLE, '--state', 'Closed', '--pace', 'FAST'],
  ['verify', SAMPLE, '-o', 'JSON'],
  ['help', 'schema', 'print'],
  ['help', 'observe'],
])('%s %s %s is right usage, in whatever case', (...args) => {
  const program = createProgram();
  for (const command of program.commands) if (command.name() !== 'help') command.action(() => {});
  program.parse(['node', 'conntrail', ...args]);
  expect(err).toBe('');
});
