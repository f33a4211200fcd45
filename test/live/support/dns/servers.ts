/** Servers beside unbound: dnsmasq, systemd-resolved's stub, and one of our own that takes its time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAMS } from './programs.js';
import { findTool, toolEnvironment } from './tools.js';
import { endOf, type World } from './world.js';

export interface Server {
  readonly pid: number;
  stop(): Promise<void>;
}

function served(child: ChildProcess): Server {
  return { pid: child.pid!, stop: () => endOf(child) };
}

/** Waits until a server that logs to a file, or to a pipe, has said so. @throws Error when it ends before that */
async function until(child: ChildProcess, isReady: () => boolean, said: () => string): Promise<void> {
  while (!isReady()) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server does not start: ${said()}`);
    await sleep(20);
  }
}

function collected(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  return () => text;
}

export interface Dnsmasq extends Server {
  /** Names and types it was asked, in the order of its log. */
  queries(): readonly string[];
}

/** Debian's dnsmasq on the host's loopback, at a port of its own. */
export async function startDnsmasq(folder: string, port: number): Promise<Dnsmasq> {
  const log = join(folder, 'dnsmasq.log');
  const names = [
    '--host-record=www.corp.test,192.0.2.1,2001:db8::1,120',
    '--cname=alias.corp.test,www.corp.test,60',
    '--mx-host=corp.test,mail.corp.test,10',
    '--txt-record=text.corp.test,v=spf1 -all',
    '--local=/test/',
  ];
  const place = [`--port=${port}`, '--listen-address=127.0.0.1', '--listen-address=::1', '--bind-interfaces'];
  const own = ['--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--user=', '--pid-file='];
  const logs = ['--log-queries=extra', `--log-facility=${log}`];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'dnsmasq', ...own, ...place, ...names, ...logs], {
    env: toolEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = collected(child);
  const logged = () => {
    try {
      return readFileSync(log, 'utf8');
    } catch {
      return '';
    }
  };
  await until(child, () => /started, version/.test(logged()), said);
  const queries = () =>
    [...logged().matchAll(/ query\[(\w+)\] (\S+) from /g)].map(([, type, name]) => `${name} ${type}`);
  return { ...served(child), queries };
}

/** What systemd-resolved reads of /etc, so that it asks `server` and nobody else, and remembers nothing. */
export function resolvedConfiguration(server: string): string {
  return `[Resolve]
DNS=${server}
FallbackDNS=
DNSSEC=no
LLMNR=no
MulticastDNS=no
Cache=no
ReadEtcHosts=no
`;
}

/** systemd-resolved with its stub on 127.0.0.53 of a world, without D-Bus. */
export async function startResolved(world: World): Promise<Server> {
  // Without a link that is up and has an address it asks nobody.
  const link =
    'ip link add out type veth peer name in && ip addr add 10.9.8.7/24 dev out && ip link set out up && ip link set in up';
  await world.run('sh', ['-c', link]);
  const child = world.spawn(findTool('systemd-resolved')!, []);
  const said = collected(child);
  const listens = async () => (await world.run('ss', ['-Hlun'])).stdout.includes('127.0.0.53');
  while (!(await listens())) {
    await until(child, () => true, said);
    if (child.exitCode !== null) throw new Error(`systemd-resolved does not start: ${said()}`);
    await sleep(50);
  }
  return served(child);
}

/** A server that answers each question after so many ms. */
export async function startSlow(world: World, address: string, port: number, delayMs: number): Promise<Server> {
  const child = world.spawn(PROGRAMS.slow, [address, String(port), String(delayMs)], ['ignore', 'pipe', 'inherit']);
  await once(child.stdout!, 'data');
  return served(child);
}
