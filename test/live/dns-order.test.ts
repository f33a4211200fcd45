/** Names of real answers, joined onto the connections that follow them at once: features.md §10a with DNS, and the limits of §6.6. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as connections from '../../src/connections/feature.js';
import type { AddressName, Connection } from '../../src/connections/generated/connection.js';
import type * as dns from '../../src/dns/feature.js';
import type { Feature } from '../../src/pipeline/feature.js';
import type * as tracing from '../../src/tracer.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { World } from './support/dns/world.js';

const PORT = 8080;
const COUNT = 20_000;
/** A thread may be kept from its CPU for longer than frames wait, however the order is kept: a few runs are allowed for that not to happen. */
const RUNS = 8;
/** Threads that want a CPU all the time, and connections beside them. */
const BUSY = 4;
const BESIDE = 300;
const lacks = lacksLive() ?? lacksCommand('unshare');

beforeAll(() => {
  // Threads that read before those that make traffic: there may be fewer CPUs than threads. Those of the tracer inherit it.
  if (lacks === null) setPriority(-20);
});
afterAll(() => {
  if (lacks === null) setPriority(0);
});

/** What the client does, one after the other: asks for a name and connects (`NAME HOLD_MS`), connects without asking, waits. */
type Script = readonly string[];

interface Traced {
  /** Closed TCP connections of the world by the end that opened them, in the order of their beginnings, and by the other one. */
  readonly outgoing: readonly Connection[];
  readonly incoming: readonly Connection[];
  /** Units that were taken before their facts. */
  readonly unordered: number;
  readonly lost: readonly number[];
}

/** The server's end of a world, and a client at work in it. */
async function play(world: World, script: Script, ttl: number, nice: number): Promise<number> {
  const server = world.spawn('node', [`${CHECKOUT}test/live/dns/order-server.mjs`, String(PORT), String(ttl)]);
  await once(server.stdout!, 'data');
  const client = ['-n', String(nice), 'node', `${CHECKOUT}test/live/dns/order-client.mjs`, String(PORT)];
  const { stdout } = await world.run('nice', client, { input: script.map((line) => `${line}\n`).join('') });
  return Number(stdout);
}

/** Traces what clients do, each in a world of its own. @param options of the feature @param nice of the clients */
async function trace(scripts: readonly Script[], ttl = 60, options: object = {}, nice = 19): Promise<Traced[]> {
  const { CONNECTIONS } = (await import(`${CHECKOUT}dist/connections/feature.js`)) as typeof connections;
  const { DNS } = (await import(`${CHECKOUT}dist/dns/feature.js`)) as typeof dns;
  const { openTracerWith } = (await import(`${CHECKOUT}dist/tracer.js`)) as typeof tracing;
  const worlds = await Promise.all(scripts.map(() => World.open()));
  try {
    const features = [DNS as Feature, { ...CONNECTIONS, after: [DNS.name] } as Feature];
    const tracer = await openTracerWith(
      { features: { dns: { hosts: false, ...options } }, queueSize: 1 << 20 },
      { features },
    );
    expect(tracer.refused).toEqual([]);
    await tracer.ready;
    const records: Connection[] = [];
    const taken = (async () => {
      for await (const record of tracer.connections()) if (record.state === 'closed') records.push(record);
    })();
    const made = await Promise.all(scripts.map((script, i) => play(worlds[i]!, script, ttl, nice)));
    await tracer.stop();
    await taken;
    const rows = tracer.statistics.features;
    return worlds.map(({ netnsInode }, i) => {
      const own = records.filter(({ netns, protocol }) => netns.inode === netnsInode && protocol === 'tcp');
      const of = (direction: string): Connection[] =>
        own.filter((each) => each.direction === direction).sort((a, b) => a.start! - b.start!);
      const [outgoing, incoming] = [of('outgoing'), of('incoming')];
      expect([outgoing.length, incoming.length]).toEqual([made[i], made[i]]);
      // But for those of others on this host that its kernel shows no program (docs/decisions/0003): each of our own is counted.
      const lost = ['dns', 'connections'].map((name) =>
        Object.entries(rows[name]!.lost)
          .filter(([cause]) => !['unseen', 'recursion'].includes(cause))
          .reduce((sum, [, units]) => sum + units, rows[name]!.dropped),
      );
      return { outgoing, incoming, lost, unordered: rows.connections!.unordered };
    });
  } finally {
    for (const world of worlds) await world.close();
  }
}

/** The same, in a run in which no frame was taken before its facts. */
async function traceInOrder(...what: Parameters<typeof trace>): Promise<Traced[]> {
  for (let run = 0; run < RUNS; run++) {
    const traced = await trace(...what);
    if (traced[0]!.unordered === 0) return traced;
  }
  throw new Error(`in each of ${RUNS} runs some frame was taken before its facts`);
}

const addressOf = (i: number): string => `127.1.${i >> 8}.${i & 255}`;
const nameOf = (i: number, address: string): string => `${address.replaceAll('.', '-')}.q${i}.order.example`;
const first = (names: AddressName[] | null): string | null => names?.[0]?.name ?? null;

describe('20,000 times resolve and connect at once', () => {
  test.for([
    ['each an address of its own', COUNT],
    // More names than an address may have: the one that was asked for last is the connection's.
    ['one of two hundred addresses', 200],
  ] as const)('%s: every connection is named', async ([, addresses], context) => {
    need(context, 'live', lacks);
    const asked = Array.from({ length: COUNT }, (_, i) => nameOf(i, addressOf(i % addresses)));
    const names = new Set(asked);
    let missing = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && missing > 0; run++) {
      const [traced] = await trace([asked.map((name) => `${name} 0`)]);
      const { outgoing, incoming, unordered, lost } = traced!;
      expect(lost).toEqual([0, 0]);
      const named = outgoing.map(({ remote }) => first(remote!.names));
      const wrong = named.filter((name, i) => name !== asked[i]);
      const told = JSON.stringify({ wrong: wrong.length, unordered, some: wrong.slice(0, 3) });
      // A name that is missing, or the one before it in its place: of no frame that waited for its facts.
      expect(wrong.length, told).toBeLessThanOrEqual(unordered);
      const isTold = (names: AddressName[]): boolean =>
        names.every(({ own, source }) => own === true && source === 'dns');
      expect(
        outgoing.every(({ remote }) => remote!.names === null || isTold(remote!.names)),
        told,
      ).toBe(true);
      // The other end has the address too, in the same namespace: it has the name, for which its own process did not ask. Whose it is may
      // not have been known when a snapshot found it, before its process had touched it.
      const others = incoming.map(({ local }) => local.names?.find(({ name }) => names.has(name)));
      expect(others.filter((other) => other === undefined).length, told).toBeLessThanOrEqual(unordered);
      expect(others.filter((other) => other?.own === true)).toEqual([]);
      expect(others.filter((other) => other?.own === false).length).toBeGreaterThan(0.99 * COUNT - unordered);
      missing = wrong.length;
    }
    expect(missing).toBe(0);
  });
});

test('every connection is named while other work wants all CPUs, and no thread comes first', async (context) => {
  need(context, 'live', lacks);
  const busy = Array.from({ length: BUSY }, () => spawn('nice', ['-n', '20', process.execPath, '-e', 'for (;;);']));
  // Of threads and processes that begin from now on.
  setPriority(0);
  try {
    const asked = Array.from({ length: BESIDE }, (_, i) => nameOf(i, addressOf(i)));
    let late = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && late > 0; run++) {
      const [{ outgoing, unordered, lost }] = (await trace([asked.map((name) => `${name} 0`)], 60, {}, 0)) as [Traced];
      expect(lost).toEqual([0, 0]);
      const wrong = outgoing.filter(({ remote }, i) => first(remote!.names) !== asked[i]).length;
      expect(wrong, `${unordered} unordered`).toBeLessThanOrEqual(unordered);
      late = unordered;
    }
    expect(late).toBe(0);
  } finally {
    setPriority(-20);
    for (const each of busy) each.kill('SIGKILL');
  }
});

test('a name joins no connection that began later than its TTL, 30 s at least, after its answer', async (context) => {
  need(context, 'live', lacks);
  const name = nameOf(0, '127.0.0.9');
  const later = Array.from({ length: 34 }, () => ['wait 1000', `=${name} 0`]).flat();
  const [{ outgoing }] = (await traceInOrder([[`${name} 0`, ...later]], 1)) as [Traced];
  const answered = outgoing[0]!.remote!.names![0]!.time!;
  const ages = outgoing.map(({ start, remote }) => ({ us: start! - answered, isNamed: remote!.names !== null }));
  expect(ages.filter(({ us, isNamed }) => isNamed !== us <= 30e6)).toEqual([]);
  // On both sides of it.
  expect(new Set(ages.map(({ isNamed }) => isNamed)).size).toBe(2);
});

test('an open connection keeps its name for as long as it lasts', async (context) => {
  need(context, 'live', lacks);
  const name = nameOf(0, '127.0.0.9');
  const script = [`${name} 8000`, 'wait 6000', `=${name} 0`];
  const [{ outgoing }] = (await traceInOrder([script], 1, { minTtl: 1, maxTtl: 1 })) as [Traced];
  expect(outgoing.map(({ remote }) => first(remote!.names))).toEqual([name, null]);
  expect(outgoing[0]!.duration_us).toBeGreaterThan(7e6);
});

test('two network namespaces with the same address have their own names of it', async (context) => {
  need(context, 'live', lacks);
  const names = ['one', 'two'].map((name) => `127-0-0-9.${name}.order.example`);
  const traced = await traceInOrder(names.map((name) => Array.from({ length: 50 }, () => `${name} 0`)));
  for (const [i, { outgoing, incoming }] of traced.entries()) {
    const told = [...outgoing.map(({ remote }) => remote!.names), ...incoming.map(({ local }) => local.names)];
    expect(new Set(told.flatMap((all) => all!.map(({ name }) => name)))).toEqual(new Set([names[i]]));
  }
});
