/** Kills for want of memory on stock kernels, beside the kernel's own log: of a v2 cgroup, of many, of a group as a whole, of the machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExpectStatic, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { compareVersions } from '../../src/kernel/kernel-version.js';
import { COMMAND, inFolder } from '../live/support/checkout.js';
import { differences, type LoggedKill, loggedKills, type ToldKill } from '../support/oom-log.js';
import { need } from '../support/require.js';
import { lacksVm, runGuest } from './guest.js';
import { chosenKernels } from './kernels.js';
import { FULL, isDone } from './plan.js';
import { checkVerify } from './verified.js';

const MANY = 20;
/** MiB: what one process takes before there is no more. */
const MEMORY_MIB = 768;
/** ms, with those before it. */
const TIMEOUT = 3600_000;

type Scenario = 'one' | 'many' | 'group' | 'system' | 'operator';

interface Told {
  readonly killed: Readonly<Record<Scenario, readonly number[]>>;
  readonly status: number;
  readonly errors: string;
  readonly cpus: number;
  readonly release: string;
}

type Kill = ToldKill & {
  readonly victim: {
    readonly container: { id: string; runtime: string | null } | null;
    readonly cgroup: string | null;
  };
  readonly memory_cgroup: { readonly path: string | null; readonly limit_pages: number | null } | null;
};

const lack = lacksVm();
/** Under lockdown as well in a run in full: ten boots take as long as the rest of the matrix. */
const LOCKDOWNS = FULL ? ['none', 'confidentiality'] : ['none'];
const BOOTS = chosenKernels()
  .filter(({ name }) => isDone('oom_kills', name))
  .flatMap(({ name }) => LOCKDOWNS.map((lockdown): [string, string] => [name, lockdown]));

test.concurrent.for(BOOTS)('Linux %s, lockdown %s', { timeout: TIMEOUT }, async ([kernel, lockdown], context) => {
  need(context, 'kernels', lack);
  const { expect } = context;
  await inFolder(async (folder) => {
    const out = join(folder, 'out');
    const options = ['-t', '900', '-m', `${MEMORY_MIB}`, '-a', `lockdown=${lockdown}`];
    const ended = await runGuest(context, kernel, options, ['oom_kills.py', COMMAND, `${MANY}`], out);
    expect(ended.status, ended.log).toBe(0);
    const told = JSON.parse(readFileSync(join(out, 'oom.json'), 'utf8')) as Told;
    const kills = readFileSync(join(out, 'kills.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"record":"oom_kill"'))
      .map((line) => JSON.parse(line) as Kill);
    const log = loggedKills(readFileSync(join(out, 'log'), 'utf8'));
    expect(told.status, told.errors).toBe(EXIT.ok);
    // Typed memory came with 6.2.
    check(expect, kills, log, told, lockdown === 'none' || compareVersions(told.release, '6.2') >= 0);
    checkVerify(expect, join(out, 'kills.ndjson'));
  });
});

/** @param readable programs may read the names of cgroups, and of old kernels the pages of a process */
function check(
  expect: ExpectStatic,
  kills: readonly Kill[],
  log: readonly LoggedKill[],
  { killed, cpus, errors }: Told,
  readable: boolean,
): void {
  const of = (scenario: Scenario) => kills.filter(({ victim: { pid } }) => killed[scenario].includes(pid));
  const right = Object.values(killed).flat();
  // Each once, and nobody else.
  const ascending = (pids: readonly number[]) => [...pids].sort((a, b) => a - b);
  expect(ascending(kills.map(({ victim }) => victim.pid))).toEqual(ascending(right));
  expect(new Set(log.map(({ pid }) => pid))).toEqual(new Set(right));
  expect(new Set(kills.map(({ source }) => source)), errors).toEqual(new Set(['fentry']));
  // Of one that is killed with its group, the log may have a second word, when it is half gone.
  const first = new Map([...log].reverse().map((each) => [each.pid, each]));
  if (readable) {
    expect(kills.flatMap((each) => differences(each, first.get(each.victim.pid)!, cpus))).toEqual([]);
    const container = { id: '0123456789abcdef'.repeat(4), runtime: 'docker' };
    expect(of('group').map(({ victim }) => victim.container)).toEqual(of('group').map(() => container));
  } else {
    const told = kills.map(({ victim: { pid, name, uid, oom_score_adj } }) => [pid, name, uid, oom_score_adj]);
    const logged = kills.map(({ victim }) => first.get(victim.pid)!);
    expect(told).toEqual(logged.map(({ pid, name, uid, adjusted }) => [pid, name, uid, adjusted]));
    expect(kills.filter(({ victim }) => victim.cgroup !== null || victim.anon_pages !== null)).toEqual([]);
  }
  expect(new Set(of('group').map(({ scope }) => scope))).toEqual(new Set(['cgroup']));
  expect(of('many').map(({ memory_cgroup: memory }) => memory!.limit_pages)).toEqual(Array(MANY).fill(8192));
  const system = { scope: 'system', memory_cgroup: null };
  expect([...of('system'), ...of('operator')]).toMatchObject([system, system]);
}
