/** A boot of one kernel with the guest's program in it. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import type { ProgramResult } from '../../src/native/index.js';
import { need } from '../support/require.js';
import type { Plan } from './plan.js';
import type { Result } from './result.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const VM = fileURLToPath(new URL('vm/', import.meta.url));
const GUEST = fileURLToPath(new URL('guest/', import.meta.url));

/** What vm/run and vm/install exit with where it cannot be done here. */
const CANNOT = 77;

/** Of a whole boot: emulated, on two CPUs that six others wanted, it has taken a third of that. */
const LIMIT_SECONDS = 1800;

/** MiB of a guest. The kernels that need slab_debug (vm/run) use up most of it. */
const MEMORY_MIB = 1024;

/** Boots at a time: each is two threads of QEMU, of which one waits most of the time. */
const GUESTS = Number(process.env.CONNTRAIL_GUESTS ?? 2);

export interface Boot {
  readonly log: string;
  readonly result: Result;
  /** Of the kernel, as uname there tells it. */
  readonly release: string;
  /** What doctor says there, by file: `doctor`, and `doctor-VARIANT`. */
  readonly diagnoses: Readonly<Record<string, Diagnosis>>;
  /** NDJSON of the runs of the tracer: path by name. */
  readonly records: (name: string) => string;
}

/** Why no kernel can be booted here, in half a sentence; installs what is missing where it may. */
export function lacksVm(): string | null {
  const { status, stdout, stderr } = spawnSync(join(VM, 'install'), { encoding: 'utf8' });
  return status === 0 ? null : reason(stdout + stderr);
}

const reason = (text: string) => /skipped, because (.*)/.exec(text)?.[1] ?? `vm/install failed: ${text}`;

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(body: () => Promise<T>): Promise<T> {
  if (running >= GUESTS) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await body();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

interface Ended {
  readonly status: number | null;
  readonly log: string;
}

function execute(command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: CHECKOUT, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    }
    child.on('error', reject).on('close', (status) => resolve({ status, log }));
  });
}

/**
 * Boots and runs, in turn with the others. Skips the running test where this kernel cannot be had.
 * @param options of vm/run
 * @param program in guest/, with its arguments
 * @param out a folder; made. What the program leaves in /tmp/out is there
 */
export async function runGuest(
  context: TestContext,
  kernel: string,
  options: readonly string[],
  program: readonly [string, ...string[]],
  out: string,
): Promise<Ended> {
  mkdirSync(out, { recursive: true });
  const [file, ...args] = program;
  const started = file.endsWith('.py') ? ['python3', '-B', join(GUEST, file)] : [join(GUEST, file)];
  const command = [...options, '-o', out, kernel, '--', ...started, ...args];
  const ended = await inTurn(() => execute(join(VM, 'run'), command));
  if (ended.status === CANNOT) need(context, 'kernels', reason(ended.log));
  return ended;
}

/** The guest's program, under its plan. */
export async function boot(context: TestContext, kernel: string, folder: string, plan: Plan): Promise<Boot> {
  const out = join(folder, kernel);
  const told = JSON.stringify({ ...plan, command: `${CHECKOUT}bin/conntrail`, out: '/tmp/out' });
  const options = ['-t', `${LIMIT_SECONDS}`, '-m', `${MEMORY_MIB}`];
  const { status, log } = await runGuest(context, kernel, options, ['main.py', told], out);
  if (status !== 0) throw new Error(`the guest ended with ${status}:\n${log}`);
  return readBoot(out, log);
}

/** @param out what the guest's program left */
export function readBoot(out: string, log: string): Boot {
  const read = (name: string) => JSON.parse(readFileSync(join(out, `${name}.json`), 'utf8')) as unknown;
  const result = read('result') as Result;
  const diagnoses = Object.fromEntries(
    Object.keys(result.doctor).map((name): [string, Diagnosis] => [name, read(name) as Diagnosis]),
  );
  const { release } = diagnoses.doctor!.kernel;
  return { log, result, release, diagnoses, records: (name) => join(out, `${name}.ndjson`) };
}

/** By feature and group. */
export function groupsOf({ hook_groups: groups }: Diagnosis) {
  return Object.fromEntries(groups.map((group) => [`${group.feature}.${group.name}`, group]));
}

export function programsOf({ hook_groups: groups }: Diagnosis): ProgramResult[] {
  return groups.flatMap(({ programs }) => programs);
}
