/**
 * Every command, program and output that README and the docs show, on the oldest and the newest Node, as a user with sudo; but for
 * those of which support/other-examples.ts says where they are run, or why not.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  commands,
  documents,
  isConntrail,
  outputs,
  programs,
  read,
  withOutputs,
  wrapped,
} from '../support/doc-examples.js';
import { lacksLive, need } from '../support/require.js';
import { lacksMachine, Machine } from './support/machine.js';
import { RUN_ELSEWHERE } from './support/other-examples.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const { engines } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { engines: { node: string } };
const OLDEST = engines.node.replace('>=', '');
const NEWEST = '26.10.0';
const WORK = '/home/ann/work';

const lack = lacksMachine() ?? (process.arch === 'x64' ? null : 'Node of other versions is fetched for x86-64 only');
let machine: Machine | undefined;

/**
 * The command as it is run: what is shown without end, or with a long one, ends after a second. A reference (all but README) does not
 * say sudo each time.
 */
function bounded(file: string, command: string): string {
  // The recording that is named is root's: only README says how it becomes the user's.
  let concrete = command.replaceAll('FILE', 'file.ctr').replaceAll('/var/lib/conntrail', `${WORK}/var`);
  if (
    file !== 'README.md' &&
    /conntrail (observe|record|replay|dns|check \S+) /.test(`${concrete} `) &&
    !concrete.startsWith('sudo ')
  ) {
    concrete = `sudo ${concrete}`;
  }
  if (/ (record|--record) file\.ctr/.test(concrete)) concrete = `sudo rm -f file.ctr; ${concrete}`;
  if (!/conntrail (observe|record|dns|check \S)/.test(concrete)) return concrete;
  concrete = / --for \S+/.test(concrete) ? concrete.replace(/ --for \S+/, ' --for 1s') : `${concrete} --for 1s`;
  // A live view takes a terminal.
  return / --watch\b/.test(concrete) ? `script -qec '${concrete}' /dev/null </dev/null` : concrete;
}

/** A command's name within a sentence, without its operands. */
const isName = (command: string): boolean =>
  /^conntrail (record|replay|verify|decode dns|spool (list|verify|drain))$/.test(command);

function statuses(command: string): number[] {
  if (/ doctor\b/.test(command)) return /^sudo/.test(command) ? [0, 5] : [0, 3, 5];
  // On a busy machine something may be lost; that is then what is to be told.
  if (/--max-loss/.test(command)) return [0, 6];
  return [0];
}

beforeAll(async () => {
  if (lack !== null) return;
  machine = await Machine.boot();
});

afterAll(async () => {
  await machine?.shutDown();
});

describe.each([OLDEST, NEWEST])('on Node %s', (version) => {
  /** The environment that finds this Node first, and the command. */
  let environment: Record<string, string>;

  beforeAll(async () => {
    if (lack !== null) return;
    let binaries = dirname(process.execPath);
    if (process.version !== `v${version}`) {
      const node = execFileSync(join(CHECKOUT, 'scripts/node-binary'), [version], { encoding: 'utf8' }).trim();
      binaries = `/checkout/${dirname(node.slice(CHECKOUT.length))}`;
    }
    environment = { PATH: `${binaries}:${WORK}/bin:/usr/bin:/bin:/usr/sbin:/sbin`, TZ: 'UTC' };
    const prepare = `sudo rm -rf ${WORK} && mkdir -p ${WORK}/node_modules && cd ${WORK} && ln -s /checkout/{bin,test} . &&
      ln -s /checkout node_modules/conntrail && ln -s /checkout/node_modules/@types node_modules/ && node --version`;
    const prepared = await machine!.run('ann', '/', prepare, environment);
    expect(prepared).toMatchObject({ status: 0, stdout: `v${version}\n` });
  });

  const run = (command: string) => machine!.run('ann', WORK, command, environment);

  test.for(documents().filter((file) => outputs(file).length > 0))(
    '%s shows outputs as they are',
    async (file, context) => {
      need(context, 'machine', lack);
      const real = new Map<string, string>();
      for (const { command, language } of outputs(file)) {
        const { status, stdout, stderr } = await run(`set -o pipefail; ${command}`);
        expect([status, stderr], command).toEqual([0, '']);
        expect(stdout, command).not.toBe('');
        real.set(command, wrapped(stdout, language));
      }
      const current = withOutputs(file, (command) => real.get(command)!);
      if (process.env.CONNTRAIL_UPDATE_DOCS !== undefined) writeFileSync(join(CHECKOUT, file), current);
      expect(read(file)).toBe(current);
    },
  );

  test.for(documents().filter((file) => commands(file).some(({ text }) => isConntrail(text))))(
    'the commands of %s',
    async (file, context) => {
      need(context, 'live', lack ?? lacksLive());
      for (const { text } of commands(file).filter(
        ({ text }) => (isConntrail(text) && !RUN_ELSEWHERE.has(text)) || text.startsWith('sudo chown'),
      )) {
        const command = isName(text) ? `conntrail help ${text.split(' ')[1]}` : bounded(file, text);
        const { status, stderr } = await run(command);
        expect(statuses(text), `${command}: status ${status}\n${stderr}`).toContain(status);
      }
    },
  );

  const first = ['README.md', 'src/index.ts'].flatMap(programs);

  test.for(first)(
    'the program in $file compiles, tells a refused connect, and ends at ^C',
    async ({ file, text }, context) => {
      need(context, 'live', lack ?? lacksLive());
      // A file of TypeScript for the compiler, which is JavaScript as it stands: no type is written in it.
      const compile = `cat >example.mts <<'END'\n${text}END
      cp example.mts example.mjs && node --check example.mjs &&
      node /checkout/node_modules/typescript/bin/tsc --noEmit --strict --skipLibCheck --target es2022 --module nodenext --types node example.mts`;
      const compiled = await run(compile);
      expect(compiled.status, `${file}: ${compiled.stdout}${compiled.stderr}`).toBe(0);
      // Port 1 refuses. The connects go on until the program has told one, which bash made; then comes ^C, once.
      const refused = `sudo rm -f told pid; touch told
        sudo bash -c 'echo $$ >pid; exec node example.mjs' >told & program=$!
        for i in {1..300}; do ! grep -q '^bash' told || break; (echo >/dev/tcp/127.0.0.1/1) 2>/dev/null; sleep 0.1; done
        sudo kill -INT $(cat pid); wait $program; status=$?; cat told; exit $status`;
      const { status, stdout, stderr } = await run(refused);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^bash /m);
      if (text.includes('failure')) expect(stdout).toMatch(/^bash .* 1 refused$/m);
    },
  );

  const others = documents().filter((file) => file !== 'README.md');

  test.for(others.flatMap(programs))('a program in $file runs to its end', async ({ file, text }, context) => {
    need(context, 'live', lack ?? lacksLive());
    const traces = text.includes('openTracer(');
    const command = `cat >other.mjs <<'END'\n${text}END\n${traces ? 'sudo ' : ''}node other.mjs`;
    const { status, stderr } = await run(command);
    expect([status, stderr], file).toEqual([0, '']);
  });
});
