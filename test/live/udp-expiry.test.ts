/**
 * UDP conversations end: by their time-out, early where there are too many, and with their socket, however many it has. Whatever ends them, what is
 * told is what the sockets did.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { expectClosedLedger, sumLedger } from './support/ledger.js';
import { Observer, run } from './support/observe.js';
import { type ConnectionLine, type Output, readOutput } from './support/output.js';

const TRAFFIC = `${CHECKOUT}test/live/traffic/udp_expiry.py`;
/** A pass finds what is idle, a second one later the next tells it. */
const TWO_PASSES_MS = 2600;
/** Wall-clock times in the output are kept to 500 µs. */
const CLOCK_MARGIN_US = 100_000;

/** What a situation printed, and the output of a run around it. */
async function around<T>(options: readonly string[], situation: readonly (string | number)[]) {
  return await inFolder(async (folder) => {
    const files = join(folder, 'files');
    const observer = await Observer.start(folder, '--to', files, ...options);
    const printed = execFileSync('python3', [TRAFFIC, ...situation.map(String)], { encoding: 'utf8' });
    await sleep(100);
    const { status, errors } = await observer.stop();
    expect(status, errors).toBe(0);
    const verified = await run('verify', files);
    expect(verified.status, `${verified.stdout} ${verified.errors}`).toBe(0);
    return { did: JSON.parse(printed) as T, output: readOutput(observer.output) };
  });
}

function closedOf({ connections }: Output, port: number): ConnectionLine[] {
  return connections.filter((r) => r.protocol === 'udp' && r.state === 'closed' && r.local.port === port);
}

function expectUnique(records: readonly ConnectionLine[]): void {
  expect(new Set(records.map((r) => `${r.cookie}/${r.generation}`)).size).toBe(records.length);
}

/** Every conversation had room; that those of the test are complete is for the test to say, what else the machine does is not in its hands. */
function expectRoom(output: Output): void {
  const { causes, dropped } = expectClosedLedger(output);
  expect({ map_full: causes.map_full, dropped }).toEqual({ map_full: 0, dropped: 0 });
}

test.for(['ring', 'perf'])('%s: 10,000 conversations expired under traffic add up', async (transport, context) => {
  need(context, 'live', lacksLive());
  const { did, output } = await around<{
    sent: Record<string, [number, number]>;
    received: Record<string, [number, number]>;
    pairs: number;
  }>(['--udp-timeout', '300ms', '--transport', transport], ['traffic', 100, 100, 7]);
  expectRoom(output);
  const ports = Object.keys(did.sent);
  const records = ports.flatMap((port) => closedOf(output, Number(port)));
  expectUnique(records);
  // Beside one for each sender, of the socket they all send to.
  expect(records.length).toBeGreaterThan(did.pairs + 100);
  const wrong = ports.filter((port) => {
    const own = output.connections.filter((r) => r.protocol === 'udp' && r.local.port === Number(port));
    const sum = (of: (r: ConnectionLine) => number) => own.reduce((total, r) => total + of(r), 0);
    const total = (of: (r: ConnectionLine) => number) => sum((r) => (r.state === 'closed' ? of(r) : 0));
    const [sent, sentBytes] = did.sent[port] ?? [0, 0];
    const [received, receivedBytes] = did.received[port] ?? [0, 0];
    const told = [
      [total((r) => r.total.sent_packets!), sum((r) => r.delta.sent_packets!), sent],
      [total((r) => r.total.sent_bytes), sum((r) => r.delta.sent_bytes), sentBytes],
      [total((r) => r.total.received_packets!), sum((r) => r.delta.received_packets!), received],
      [total((r) => r.total.received_bytes!), sum((r) => r.delta.received_bytes!), receivedBytes],
    ];
    return told.some(([totals, deltas, did]) => totals !== did || deltas !== did);
  });
  expect(wrong).toEqual([]);
});

test.for(['ring', 'perf'])('%s: a socket with 60,000 peers closes: all are told', async (transport, context) => {
  need(context, 'live', lacksLive());
  const { did, output } = await around<{ port: number }>(['--transport', transport], ['server', 60_000, 0, 0]);
  expectRoom(output);
  const records = closedOf(output, did.port);
  expectUnique(records);
  expect(records.length).toBe(60_000);
  expect(new Set(records.map((r) => r.remote?.address)).size).toBe(60_000);
  expect(records.filter((r) => r.total.sent_packets !== 1 || r.total.sent_bytes !== 4)).toEqual([]);
});

test('beyond the bound the eldest end early, as records, counted', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder, '--udp-flows', '2000');
    const traffic = spawn('python3', [TRAFFIC, 'server', '6000', '100', '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { port } = JSON.parse(String((await once(traffic.stdout, 'data'))[0])) as { port: number };
    await sleep(TWO_PASSES_MS);
    // Nothing is closed by its application: the socket is open still.
    const { status, errors } = await observer.stop();
    traffic.stdin.end();
    expect(status, errors).toBe(0);
    const output = readOutput(observer.output);
    const { causes, notes } = expectClosedLedger(output);
    const early = closedOf(output, port);
    expectUnique(early);
    expect(early.length).toBeLessThanOrEqual(notes.expired_early!);
    expect(early.length).toBeGreaterThan(1000);
    const open = new Set(
      output.connections.filter((r) => r.local.port === port && r.state === 'open').map((r) => r.generation),
    );
    for (const { generation } of early) open.delete(generation);
    const lost = 6000 - open.size - early.length;
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(lost).toBeLessThanOrEqual(causes.map_full!);
    // The first peer is in the socket's storage, and stays. Of the last thousand nobody had to leave.
    const newest = Math.max(...early.map((r) => r.generation));
    expect(newest).toBeLessThan(Math.max(...open) - 1000);
    expect(Math.min(...early.map((r) => r.generation))).toBe(2);
  });
});

test('a conversation that finds no room is lost once, whatever it sends', async (context) => {
  need(context, 'live', lacksLive());
  const { did, output } = await around<{ sent: Record<string, [number, number]> }>(
    ['--udp-flows', '1'],
    ['traffic', 1, 50, 4],
  );
  const { causes } = expectClosedLedger(output);
  // Of 50 conversations of one socket the kernel has room for two at a time.
  expect(causes.map_full).toBeGreaterThanOrEqual(48);
  expect(causes.map_full! * 4).toBeLessThan(Math.max(...Object.values(did.sent).map(([packets]) => packets)));
});

test('a conversation ends with its last datagram, not when its socket is closed', async (context) => {
  need(context, 'live', lacksLive());
  const { did, output } = await around<{ ports: number[]; last: number; closing: number }>([], ['last_datagram', 1.1]);
  const ends = did.ports.flatMap((port) => closedOf(output, port).map((r) => r.end!));
  expect(ends).toHaveLength(2);
  for (const end of ends) {
    expect(end).toBeLessThan(did.last * 1e6 + CLOCK_MARGIN_US);
    expect(end).toBeLessThan(did.closing * 1e6 - CLOCK_MARGIN_US);
  }
});

test('after its time-out a conversation begins anew; who spoke first is not guessed', async (context) => {
  need(context, 'live', lacksLive());
  const { did, output } = await around<{ service: number; client: number; connected: number }>(
    ['--udp-timeout', '200ms', '--interval', '500ms'],
    ['again', 4.0],
  );
  const service = closedOf(output, did.service);
  expectUnique(service);
  const of = (records: ConnectionLine[], peer: number) =>
    records
      .filter((r) => r.remote?.port === peer)
      .map((r) => [r.direction, r.total.received_packets, r.total.sent_packets]);
  // The socket's first peer is remembered; of a further one nothing is.
  expect(of(service, did.connected)).toEqual([
    ['incoming', 1, 0],
    ['incoming', 0, 1],
  ]);
  expect(of(service, did.client)).toEqual([
    ['incoming', 1, 1],
    ['unknown', 0, 1],
  ]);
  // recv() tells no address: the peer that the socket is connected to has spoken before.
  expect(of(closedOf(output, did.connected), did.service)).toEqual([
    ['outgoing', 0, 1],
    ['outgoing', 1, 0],
  ]);
});

test('sockets that the kernel refuses storage are told all the same, and counted once', async (context) => {
  need(context, 'live', lacksLive());
  const EXCHANGES = 40;
  const { did, output } = await around<{ clients: number[]; services: number[] } | null>(
    [],
    ['refused', EXCHANGES, 400],
  );
  need(context, 'optmem', did === null ? 'net.core.optmem_max is not one of a network namespace here' : null);
  expectRoom(output);
  const clients = did!.clients.flatMap((port) => closedOf(output, port));
  const services = did!.services.flatMap((port) => closedOf(output, port));
  expectUnique([...clients, ...services]);
  const counters = (r: ConnectionLine) =>
    [r.total.sent_packets, r.total.received_packets, r.total.sent_bytes, r.total.received_bytes].join(' ');
  expect([clients.length, new Set(clients.map(counters))]).toEqual([2 * EXCHANGES, new Set(['1 1 8 6'])]);
  expect([services.length, new Set(services.map(counters))]).toEqual([2 * EXCHANGES, new Set(['1 1 6 8'])]);
  expect(sumLedger(output.ledgers).notes.untracked).toBe(EXCHANGES + 2);
});
