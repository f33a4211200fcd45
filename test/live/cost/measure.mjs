#!/usr/bin/env node
/**
 * `npm run measure:live [-- --rounds 6 --round-seconds 3 --load-seconds 30 --transports ring,perf]`: what tracing adds to a connection, and how
 * many connections per second the tracer bears without loss, on this machine. Takes root; its traffic stays in namespaces of its own.
 *
 * A connection's cost: conntrail-slices, rounds without and with the tracer in turn, the best round of each. The load:
 * conntrail-flood as fast as it goes; if that loses anything, at lower rates until one does not.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const LOWER = 0.9;
process.setMaxListeners(0);

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '6' },
    'round-seconds': { type: 'string', default: '3' },
    'load-seconds': { type: 'string', default: '30' },
    threads: { type: 'string', default: '2' },
    transports: { type: 'string', default: 'ring,perf' },
  },
});

const run = promisify(execFile);

/** Starts the command with Avro files as its output; resolves once it is ready. */
async function startTracer(folder, transport) {
  const ready = join(folder, `ready-${process.hrtime.bigint()}`);
  const args = ['observe', '--to', join(folder, 'files'), '--ready-file', ready, '--transport', transport];
  const child = spawn(`${CHECKOUT}bin/conntrail`, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  // Also when this script fails.
  process.on('exit', () => child.kill('SIGINT'));
  while (!existsSync(ready)) {
    if (child.exitCode !== null) throw new Error(`conntrail ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return child;
}

async function stopTracer(child) {
  const ended = once(child, 'close');
  child.kill('SIGINT');
  await ended;
}

async function costOfConnection(transport) {
  const best = { off: Infinity, on: Infinity };
  for (let round = 0; round < Number(options.rounds); round++) {
    best.off = Math.min(best.off, await slices());
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-measure-'));
    const tracer = await startTracer(folder, transport);
    best.on = Math.min(best.on, await slices());
    await stopTracer(tracer);
    rmSync(folder, { recursive: true });
  }
  return best;
}

/** ns per connection, 5th percentile of the round. */
async function slices() {
  const { stdout } = await run(`${CHECKOUT}build/test/conntrail-slices`, [options['round-seconds']]);
  return Number(stdout);
}

/** CPU seconds a process has used. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const peakRss = (pid) => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** Bytes of kernel memory of the maps a process holds: fdinfo's memlock, each map once. */
function kernelMemory(pid) {
  const maps = new Map();
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    // Links of iterators name a map too, but hold no memory of it.
    const memory = /^memlock:\s*(\d+)/m.exec(info)?.[1];
    const id = /^map_id:\s*(\d+)/m.exec(info)?.[1];
    if (id !== undefined && memory !== undefined) maps.set(id, Number(memory));
  }
  return [...maps.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** One load of `rate` connections per second, 0 = unthrottled. */
async function load(transport, rate) {
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-measure-'));
  const tracer = await startTracer(folder, transport);
  const before = cpuSeconds(tracer.pid);
  const flood = [options['load-seconds'], options.threads, String(rate)];
  const { stdout } = await run(`${CHECKOUT}build/test/conntrail-flood`, flood);
  const [made, seconds] = stdout.split(' ').map(Number);
  const cpu = (cpuSeconds(tracer.pid) - before) / seconds;
  const measured = { rss: peakRss(tracer.pid), kernel: kernelMemory(tracer.pid) };
  await stopTracer(tracer);
  const verified = await run(`${CHECKOUT}bin/conntrail`, ['verify', '-o', 'json', join(folder, 'files')]);
  const { types, lost } = JSON.parse(verified.stdout);
  const closed = types.connection?.units ?? 0;
  rmSync(folder, { recursive: true });
  return { rate: made / seconds, ends: made * 2, closed, lost, cpu, ...measured };
}

async function highestWithoutLoss(transport) {
  const unthrottled = await load(transport, 0);
  let best = unthrottled;
  // From what was asked for, not from what was reached: a machine that stood still for a while would pull it down.
  for (let rate = unthrottled.rate * LOWER; best.lost > 0; rate *= LOWER) best = await load(transport, rate);
  return { unthrottled, best };
}

const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const percent = (share) => `${(share * 100).toFixed(0)} % of one core`;

const rows = [['', ...options.transports.split(',')]];
const columns = [];
execFileSync('make', ['-s', '-C', `${CHECKOUT}test/live/cost`], { stdio: ['ignore', 'ignore', 'inherit'] });
for (const transport of options.transports.split(',')) {
  columns.push({ cost: await costOfConnection(transport), ...(await highestWithoutLoss(transport)) });
}
const row = (title, cell) => rows.push([title, ...columns.map(cell)]);
row('connect+accept+reset, untraced', ({ cost }) => `${(cost.off / 1000).toFixed(2)} us`);
row('the same, traced', ({ cost }) => `${(cost.on / 1000).toFixed(2)} us`);
row('added per connection, both ends', ({ cost }) => `${((cost.on - cost.off) / 1000).toFixed(2)} us`);
row(`unthrottled for ${options['load-seconds']} s`, ({ unthrottled }) => `${unthrottled.rate.toFixed(0)} conn/s`);
row('of its ends, lost', ({ unthrottled }) => `${unthrottled.lost} of ${unthrottled.ends}`);
row('highest rate without loss', ({ best }) => `${best.rate.toFixed(0)} conn/s`);
row('CPU of conntrail then', ({ best }) => percent(best.cpu));
row('peak RSS then', ({ best }) => mib(best.rss));
row('kernel memory of its maps', ({ best }) => mib(best.kernel));
console.log(
  `${cpus().length} CPUs, ${cpus()[0]?.model ?? 'unknown'}, ${options.rounds} rounds of ${options['round-seconds']} s`,
);
const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
for (const cells of rows)
  console.log(
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
