/** A stop in which something throws or hangs: programs leave the kernel all the same, and whoever waits is told. */
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import type * as library from '../../src/index.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { descriptorsOf, kernelObjects, leftBehind } from './support/kernel-objects.js';

type Options = library.TracerOptions;

function refuse(): never {
  throw new Error('refused');
}

/** A signal whose listeners cannot be taken back. */
function stubbornSignal(): AbortSignal {
  return Object.assign(new AbortController().signal, { removeEventListener: refuse });
}

const logger = { debug() {}, info() {}, warn() {}, error: refuse };

function client(writer: Partial<NonNullable<Options['clients']>[number]['writer']>): Options {
  return { clients: [{ name: 'faulty', writer: { backlog: 0, port: () => null, ledger() {}, push() {}, ...writer } }] };
}

/** Something is told before and after: what fails only at a frame fails then. */
async function traffic(): Promise<void> {
  const server = createServer((socket) => socket.end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => connect(port, '127.0.0.1').resume().once('close', resolve));
  }
  await new Promise((resolve) => server.close(resolve));
}

test.for([
  ['its signal does not let go', () => ({ signal: stubbornSignal() }), 'CONNTRAIL_TEARDOWN'],
  ['a sink throws at the ledger', () => client({ ledger: refuse }), 'CONNTRAIL_PIPELINE'],
  ['a sink throws when it is to hand on', () => client({ push: refuse }), 'CONNTRAIL_PIPELINE'],
  ['a sink throws, and the logger too', () => ({ ...client({ push: refuse }), logger }), 'CONNTRAIL_PIPELINE'],
  ['the recorder throws', () => ({ recorder: refuse }), 'CONNTRAIL_PIPELINE'],
  ['the recorder throws when it is asked', () => ({ recorder() {}, recorderBusy: refuse }), 'CONNTRAIL_PIPELINE'],
  ['the recorder hangs', () => ({ recorder() {}, recorderBusy: () => true }), 'CONNTRAIL_BEHIND'],
] as [string, () => Options, string][])('%s', async ([, options, code], context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('bpftool'));
  const { openTracer } = (await import(`${CHECKOUT}dist/index.js`)) as typeof library;
  const before = kernelObjects();
  const told: unknown[] = [];
  const tell = (error: unknown) => told.push(error);
  // Where the very first frame is refused, this is already what fails.
  const tracer = await openTracer(options()).catch(tell);
  if (typeof tracer === 'object') {
    const closed = tracer.closed.catch(tell);
    await traffic();
    await tracer.stop().catch(tell);
    await closed;
    await tracer.ready;
    expect(told).toHaveLength(2);
    expect(told[0]).toBe(told[1]);
    await expect(tracer.stop()).rejects.toBe(told[0]);
  }
  expect(told[0]).toMatchObject({ code });
  expect(descriptorsOf(process.pid).filter((name) => name.includes('bpf'))).toEqual([]);
  expect(await leftBehind(before)).toEqual({ programs: [], maps: [], links: [] });
});
