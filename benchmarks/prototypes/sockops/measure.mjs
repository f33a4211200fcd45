#!/usr/bin/env node
/**
 * `node benchmarks/prototypes/sockops/measure.mjs [--rounds 22 --seconds 1.6 --workload connect]`: what a connection costs untraced, traced by
 * today's state tracepoint, and traced by sockops callbacks (tcp.bpf.c beside this file): docs/decisions/0009-sockops.md. Takes root.
 *
 * One thread works on CPU 0 in slices of 5 ms of its own CPU time (test/live/cost/slices.c), the tracer has CPU 1; a round is the 5th percentile of its
 * slices. Rounds of the three in turn. build/sockops is a checkout of its own with the other programs, in which the live tests can be run too:
 * `cd build/sockops && npx vitest run --project live test/live/exactness.test.ts`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const OTHER = join(CHECKOUT, 'build/sockops/');
const COPIED = ['bin', 'dist', 'schemas', 'scripts', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const COPIED_BUILDS = ['bpf', 'native', 'test'];

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '22' },
    seconds: { type: 'string', default: '1.6' },
    workload: { type: 'string', default: 'connect' },
  },
});

function build() {
  const make = (...rest) => execFileSync('make', ['-s', ...rest], { cwd: CHECKOUT, stdio: 'inherit' });
  make('bpf', 'native');
  rmSync(OTHER, { recursive: true, force: true });
  for (const path of [...COPIED, 'src', ...COPIED_BUILDS.map((name) => `build/${name}`)])
    if (existsSync(CHECKOUT + path)) cpSync(CHECKOUT + path, OTHER + path, { recursive: true });
  symlinkSync(`${CHECKOUT}node_modules`, `${OTHER}node_modules`);
  const cost = ['slices.c', 'workload.c', 'loopback.c'].map((name) => `test/live/cost/${name}`);
  const clock = '-DCOST_CLOCK=CLOCK_THREAD_CPUTIME_ID';
  const load = ['-std=gnu11', '-D_GNU_SOURCE', '-O2', '-pthread', clock, '-o', `${OTHER}slices`, ...cost];
  execFileSync('cc', load, { cwd: CHECKOUT, stdio: 'inherit' });
  const include = ['bpf/include', 'bpf/connections', `build/vmlinux/${release()}`].map((folder) => `-I${folder}`);
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror', '-D__TARGET_ARCH_x86'];
  const object = `${OTHER}build/bpf/tcp.bpf.o`;
  const source = 'benchmarks/prototypes/sockops/tcp.bpf.c';
  const headers = [...include, '-isystem', 'build/deps/include'];
  execFileSync('clang', [...flags, ...headers, '-c', source, '-o', object], { cwd: CHECKOUT, stdio: 'inherit' });
  execFileSync('llvm-strip', ['-g', object]);
}

/** ns per turn, while the tracer of that checkout runs; without one when it is null. */
async function round(checkout) {
  const slices = () => Number(execFileSync(`${OTHER}slices`, [options.seconds, '0', options.workload]));
  if (checkout === null) return slices();
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-sockops-'));
  const ready = join(folder, 'ready');
  const command = [`${checkout}bin/conntrail`, 'observe', '--to', join(folder, 'files'), '--ready-file', ready];
  mkdirSync(join(folder, 'files'));
  const tracer = spawn('taskset', ['-c', '1', ...command], { stdio: 'ignore' });
  const ended = once(tracer, 'close');
  while (!existsSync(ready)) {
    if (tracer.exitCode !== null) throw new Error(`conntrail ended with ${tracer.exitCode}`);
    await sleep(20);
  }
  const cost = slices();
  tracer.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true });
  return cost;
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const median = (numbers) => sorted(numbers)[numbers.length >> 1];

build();
const subjects = Object.entries({ untraced: null, tracepoint: CHECKOUT, sockops: OTHER });
const costs = Object.fromEntries(subjects.map(([name]) => [name, []]));
for (let turn = 0; turn < Number(options.rounds); turn++) {
  for (let i = 0; i < subjects.length; i++) {
    const [name, checkout] = subjects[(turn + i) % subjects.length];
    costs[name].push(await round(checkout));
  }
}
for (const [name] of subjects) {
  const ratios = costs[name].map((cost, turn) => cost / costs.untraced[turn]);
  const figures = [sorted(costs[name])[0].toFixed(0), median(costs[name]).toFixed(0), median(ratios).toFixed(3)];
  console.log(`${name.padEnd(12)} best ${figures[0]} ns, median ${figures[1]} ns, median ratio ${figures[2]}`);
}
