/** What TCP records say of states, resets, listeners and identities, in situations that a plain exchange does not make. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';
import { sumLedger } from './support/ledger.js';
import { Observer } from './support/observe.js';
import { type ConnectionLine, readOutput } from './support/output.js';

const SCRIPT = `${CHECKOUT}test/live/traffic/tcp.py`;
/** Bits of tcp.state_transitions. */
const [ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, CLOSE, CLOSE_WAIT, LAST_ACK] = [1, 2, 3, 4, 5, 7, 8, 9];

type Line = ConnectionLine & { tcp: { state_transitions: number; reset_by: string | null } };

interface Ports {
  client: number;
  server: number;
}

function situation<T>(name: string): T {
  return JSON.parse(execFileSync('python3', [SCRIPT, name], { encoding: 'utf8' })) as T;
}

const bpftool = (...words: string[]) =>
  JSON.parse(execFileSync('bpftool', ['-j', 'map', ...words], { encoding: 'utf8', maxBuffer: 1 << 28 }));

/** Cookies in the overflow table that was made last. Sockets of others on this machine may be among them: with every slot taken, all go there. */
function overflown(): number[] {
  const ids = (bpftool('show') as { id: number; name: string }[])
    .filter(({ name }) => name === 'tcp_overflow')
    .map(({ id }) => id);
  const entries = bpftool('dump', 'id', String(Math.max(...ids))) as { key: string[] }[];
  return entries.map(({ key }) => Number(Buffer.from(key.map(Number)).readBigUInt64LE()));
}

const mask = (...states: number[]) => states.reduce((bits, state) => bits | (1 << state), 0);
const lacks = lacksLive() ?? lacksCommand('python3') ?? lacksCommand('bpftool');

describe('with the tracer running', () => {
  let observer: Observer;
  let leave: () => void;
  let over: Promise<unknown>;
  let made: {
    states: { closed_upon: Ports; closes: Ports };
    resets: { half_closed: Ports; unread: Ports; close_wait: Ports; orderly: Ports };
    listeners: { four: { client: number; pid: number }; six: { client: number; pid: number } };
    collisions: { cookies: number[] };
    overflown: number[];
  };
  let closed: Line[];

  beforeAll(async () => {
    if (lacks !== null) return;
    await new Promise<void>((ready, failed) => {
      over = inFolder(async (folder) => {
        observer = await Observer.start(folder);
        made = {
          states: situation('states'),
          resets: situation('resets'),
          listeners: situation('listeners'),
          collisions: situation('collisions'),
          overflown: overflown(),
        };
        await sleep(500);
        expect((await observer.stop()).status).toBe(0);
        const output = readOutput(observer.output);
        closed = output.connections.filter(({ state, protocol }) => state === 'closed' && protocol === 'tcp') as Line[];
        ready();
        await new Promise<void>((resolve) => {
          leave = resolve;
        });
      }).catch(failed);
    });
  }, 120_000);
  afterAll(async () => {
    leave?.();
    await over;
  });

  const client = (ports: { client: number }): Line =>
    closed.find(({ local, direction }) => direction === 'outgoing' && local.port === ports.client)!;
  const server = (ports: { client: number }): Line =>
    closed.find(({ remote, direction }) => direction === 'incoming' && remote?.port === ports.client)!;

  test('every state that was entered is in the mask', (context) => {
    need(context, 'live', lacks);
    const { closed_upon, closes } = made.states;
    expect(client(closed_upon).tcp.state_transitions).toBe(mask(SYN_SENT, ESTABLISHED, CLOSE_WAIT, LAST_ACK, CLOSE));
    expect(server(closed_upon).tcp.state_transitions).toBe(mask(SYN_RECV, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE));
    expect(client(closes).tcp.state_transitions).toBe(mask(SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE));
    expect(server(closes).tcp.state_transitions).toBe(mask(SYN_RECV, ESTABLISHED, CLOSE_WAIT, LAST_ACK, CLOSE));
  });

  test('an accepted connection has direction and start', (context) => {
    need(context, 'live', lacks);
    const { start, observed_from } = server(made.states.closes);
    expect(start).not.toBeNull();
    expect(observed_from).toBe('start');
  });

  test('who aborts after a half-close is told, at both ends', (context) => {
    need(context, 'live', lacks);
    for (const name of ['half_closed', 'unread', 'close_wait'] as const) {
      expect([name, client(made.resets[name]).tcp.reset_by]).toEqual([name, 'local']);
      expect([name, server(made.resets[name]).tcp.reset_by]).toEqual([name, 'remote']);
    }
    expect(client(made.resets.orderly).tcp.reset_by).toBeNull();
    expect(server(made.resets.orderly).tcp.reset_by).toBeNull();
  });

  test('an untouched connection is its listener’s: the one alive, of its own family', (context) => {
    need(context, 'live', lacks);
    const { four, six } = made.listeners;
    for (const each of [four, six]) {
      expect(server(each).process).toMatchObject({ pid: each.pid, source: 'listener' });
    }
  });

  test('cookies that collide: each connect its own identity, and nothing stays behind', (context) => {
    need(context, 'live', lacks);
    for (const cookie of made.collisions.cookies) {
      const own = closed.filter((line) => line.cookie === cookie).map(({ generation }) => generation);
      expect(own).toEqual([1, 2, 3, 4]);
    }
    expect(made.overflown.filter((cookie) => made.collisions.cookies.includes(cookie))).toEqual([]);
  });
});

test('10,000 sockets that find their slots taken: each of two connects once, and nothing stays behind', async (context) => {
  need(context, 'live', lacks);
  await inFolder(async (folder) => {
    const observer = await Observer.start(folder);
    const { port, sockets } = situation<{ port: number; sockets: number }>('crowd');
    await sleep(1500);
    const left = overflown();
    expect((await observer.stop()).status).toBe(0);
    const { connections, ledgers } = readOutput(observer.output);
    const atPort = connections.filter(
      ({ protocol, local, remote }) => protocol === 'tcp' && (local.port === port || remote?.port === port),
    );
    const own = atPort.filter(({ state, remote }) => state === 'closed' && remote?.port === port);
    const byCookie = new Map<number, (number | null)[]>();
    for (const { cookie, generation } of own) byCookie.set(cookie, [...(byCookie.get(cookie) ?? []), generation]);
    expect(byCookie.size).toBe(sockets);
    expect([...byCookie.values()].filter((all) => all.sort().join() !== '1,2')).toEqual([]);
    const cookies = new Set(atPort.map(({ cookie }) => cookie));
    expect(left.filter((cookie) => cookies.has(cookie))).toEqual([]);
    expect(sumLedger(ledgers).notes.untracked).toBe(0);
  });
}, 120_000);

test('connections older than the tracer: their direction, and those still in an accept queue', async (context) => {
  need(context, 'live', lacks);
  await inFolder(async (folder) => {
    const holder = spawn('python3', [SCRIPT, 'older'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [first] = (await once(holder.stdout, 'data')) as [Buffer];
    const { plain, half, queued } = JSON.parse(first.toString()) as Record<'plain' | 'half' | 'queued', Ports>;
    const observer = await Observer.start(folder, '--interval', '200ms');
    holder.stdin.end('\n');
    await once(holder, 'close');
    await sleep(500);
    expect((await observer.stop()).status).toBe(0);
    const { connections } = readOutput(observer.output);
    const direction = (local: number, remote: number) =>
      connections.find((line) => line.state === 'closed' && line.local.port === local && line.remote?.port === remote)
        ?.direction;
    for (const { client, server } of [plain, half, queued]) {
      expect(direction(client, server)).toBe('outgoing');
      expect(direction(server, client)).toBe('incoming');
    }
    const open = connections.filter(
      ({ state, local, remote }) => state === 'open' && local.port === queued.server && remote?.port === queued.client,
    );
    expect(open.map(({ total }) => total.received_bytes)).toContain(20);
    expect(open.at(-1)?.process?.pid).toBe(holder.pid);
  });
});
