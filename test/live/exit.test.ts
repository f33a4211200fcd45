/** A program that ends while it traces ends at once, as itself, whoever is busy with what; nothing stays in the kernel. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { kernelObjects, leftBehind } from './support/kernel-objects.js';

/** Of the requirement's 200 ms; a machine with more to do than it can is slower. */
const AT_ONCE_MS = 10_000;
const GIVEN_UP_MS = 60_000;

interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
  /** From its own 'exit' event to when it is gone, ms; null when it never came to that. */
  readonly tookMs: number | null;
}

let timer: NodeJS.Timeout;
const server = createServer((socket) => socket.on('error', () => {}).end('x'));

/** Something to tell, all the time. */
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  timer = setInterval(
    () =>
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    20,
  );
});
afterAll(() => {
  clearInterval(timer);
  server.close();
});

/** Runs a module that has `openTracer`, and says when it exits. */
async function program(body: string): Promise<End> {
  const text = `
    import { openTracer } from 'file://${CHECKOUT}dist/index.js';
    import { writeSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    process.on('exit', () => writeSync(1, String(Date.now())));
    ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'pipe'] });
  const killer = setTimeout(() => child.kill('SIGKILL'), GIVEN_UP_MS);
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const gone = once(child, 'exit').then(() => Date.now());
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(killer);
  return { status, signal, errors, tookMs: out === '' ? null : (await gone) - Number(out) };
}

/** Tracing, with `act` where `HERE` stands. */
const PLACES: readonly [where: string, body: string][] = [
  ['a subscription', '(await openTracer()).connections$.subscribe(() => { HERE });'],
  [
    'a subscription, by perf buffers',
    "(await openTracer({ transport: 'perf' })).connections$.subscribe(() => { HERE });",
  ],
  ['a loop over connections', 'for await (const _ of (await openTracer()).connections()) { HERE }'],
  ['a timer', 'await openTracer(); setTimeout(() => { HERE }, 300);'],
  [
    'a promise',
    'await openTracer({ intervalMs: 100 }); await new Promise((resolve) => setTimeout(resolve, 300)); HERE',
  ],
  [
    'a timer, while a recorder is busy',
    `let frames = 0;
     const tracer = await openTracer({ recorder: () => { frames++; }, recorderBusy: () => frames > 20 });
     setTimeout(() => { HERE }, 2500);`,
  ],
  [
    'a subscription, while a sink takes nothing',
    `const writer = { backlog: 1 << 30, port: () => ({ write() {} }), ledger() {}, push() {} };
     (await openTracer({ clients: [{ name: 'slow', writer }] })).connections$.subscribe(() => { HERE });`,
  ],
  [
    'a stop under way',
    'const tracer = await openTracer(); setTimeout(() => { tracer.stop(); setTimeout(() => { HERE }, 1); }, 500);',
  ],
];

/** How a program may end, and how that looks from outside. */
const ACTS: readonly [act: string, status: number, errors: RegExp][] = [
  ['process.exit(7);', 7, /^$/],
  ["throw new Error('mine');", 1, /^(?!.*(?:FATAL|Native stack trace)).*\bError: mine\n.*$/s],
];

test.for(ACTS.flatMap(([act, status, errors]) => PLACES.map((place) => [act, ...place, status, errors] as const)))(
  '%s in %s',
  async ([act, , body, status, errors], context) => {
    need(context, 'live', lacksLive());
    need(context, 'live', lacksCommand('bpftool'));
    const before = kernelObjects();
    const end = await program(body.replaceAll('HERE', act));
    expect(end).toMatchObject({ status, signal: null, errors: expect.stringMatching(errors) });
    expect(end.tookMs).toBeLessThan(AT_ONCE_MS);
    expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
  },
);

/** A thread that traces and ends; the program goes on, and ends by itself. */
test.for([
  ['ends itself', 'setTimeout(() => process.exit(5), 300);', '', 5],
  ['is terminated', "parentPort.postMessage('traces');", "worker.once('message', () => worker.terminate());", 1],
] as const)('a worker that traces %s', async ([, inside, outside, status], context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('bpftool'));
  const before = kernelObjects();
  const thread = `
    import { parentPort } from 'node:worker_threads';
    import { openTracer } from 'file://${CHECKOUT}dist/index.js';
    await openTracer({ pendingMs: 1000 });
    ${inside}`;
  const end = await program(`
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(thread)})));
    ${outside}
    worker.once('exit', (status) => { process.exitCode = 40 + status; });`);
  expect(end).toMatchObject({ status: 40 + status, signal: null, errors: '' });
  expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
});
