/** A boot of one kernel with the guest's program in it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import type { ProbedFeature } from '../../src/kernel/probes.js';
import type { ProgramResult } from '../../src/native/index.js';
import { type Output, readOutput } from '../live/support/output.js';
import type { ExpectedCalls } from './udp-calls.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const VM = fileURLToPath(new URL('vm/', import.meta.url));
const PROGRAM = fileURLToPath(new URL('guest/main.py', import.meta.url));

/** What vm/run and vm/install exit with where it cannot be done here. */
const CANNOT = 77;

/** Of the whole boot: emulated, on two CPUs that six others wanted, it has taken 420. */
const LIMIT_SECONDS = 540;

/** How long records must have been coming where a hook group is not proven, and so there never is a ready file. */
const SETTLE_SECONDS = 15;

export interface ExpectedEnd {
  readonly kind: string;
  readonly family: string;
  readonly direction: string;
  readonly local: number;
  readonly remote: number;
  readonly sent: number;
  readonly received: number;
  readonly pid: number;
  readonly failure: string | null;
}

export interface Result {
  readonly ends: readonly ExpectedEnd[];
  /** Sizes are of one datagram. */
  readonly contended: readonly { local: number; remote: number; sent: number; received: number; exchanges: number }[];
  readonly udp: readonly Pick<ExpectedEnd, 'local' | 'remote' | 'sent' | 'received'>[];
  readonly calls: readonly ExpectedCalls[];
  readonly ready: boolean;
  readonly status: number;
  /** Used entries of the tracer's maps after all connections had closed; null when it had ended by then. */
  readonly left: Readonly<Record<string, readonly string[]>> | null;
  readonly bulk_port: number;
  /** Process id of the one that was killed for want of memory. */
  readonly victim: number;
  /** Whether the tracepoint of such kills there has more fields than that. */
  readonly described: boolean;
  readonly verify: { readonly status: number; readonly text: string };
}

export interface Boot {
  readonly log: string;
  readonly result: Result;
  /** Of the kernel, as uname there tells it. */
  readonly release: string;
  /** What the doctor there says became of the programs. */
  readonly programs: readonly ProgramResult[];
  /** And of what it tried of the kernel. */
  readonly probes: readonly ProbedFeature[];
  /** By feature and group: the rung it is on, and why it is on none. */
  readonly rungs: Readonly<Record<string, string | null>>;
  readonly lacks: Readonly<Record<string, string>>;
  /** Features that the doctor there says do not run. */
  readonly refused: Diagnosis['refused'];
  /** NDJSON. */
  readonly records: string;
  readonly output: Output;
}

/** Why no kernel can be booted here, in half a sentence; installs what is missing where it may. */
export function lacksVm(): string | null {
  const { status, stdout, stderr } = spawnSync(join(VM, 'install'), { encoding: 'utf8' });
  return status === 0 ? null : reason(stdout + stderr);
}

const reason = (text: string) => /skipped, because (.*)/.exec(text)?.[1] ?? `vm/install failed: ${text}`;

/** Boots and runs; a text where this kernel cannot be had. */
export function boot(kernel: string, folder: string, bulk: number): Boot | string {
  const out = join(folder, kernel);
  mkdirSync(out);
  const command = ['python3', PROGRAM, `${CHECKOUT}bin/conntrail`, '/tmp/out', `${SETTLE_SECONDS}`, `${bulk}`];
  const options = ['-t', `${LIMIT_SECONDS}`, '-m', '1536', '-o', out];
  const run = spawnSync(join(VM, 'run'), [...options, kernel, '--', ...command], { encoding: 'utf8', cwd: CHECKOUT });
  const log = run.stdout + run.stderr;
  if (run.status === CANNOT) return reason(log);
  if (run.status !== 0) throw new Error(`the guest ended with ${run.status}:\n${log}`);
  const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as Result;
  const doctor = JSON.parse(readFileSync(join(out, 'doctor.json'), 'utf8')) as Pick<
    Diagnosis,
    'kernel' | 'hook_groups' | 'rungs' | 'features' | 'refused'
  >;
  const groups = doctor.hook_groups;
  const programs = groups.flatMap((group) => group.programs);
  const nameOf = ({ feature, name }: { feature: string; name: string }) => `${feature}.${name}`;
  const records = join(out, 'records.ndjson');
  const probes = [...doctor.rungs, ...doctor.features];
  return {
    log,
    result,
    release: doctor.kernel.release,
    programs,
    probes,
    rungs: Object.fromEntries(groups.map((group) => [nameOf(group), group.rung])),
    lacks: Object.fromEntries(groups.filter(({ rung }) => rung === null).map((group) => [nameOf(group), group.reason])),
    refused: doctor.refused,
    records,
    output: readOutput(records),
  };
}
