/** Debian's unbound with zones of the test's own, and its log of what it was asked and what it answered. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toolEnvironment } from './tools.js';
import { endOf, type World } from './world.js';

/** A zone with names of every type, aliases, and one with more addresses than a datagram has room for. */
const CORP = `$ORIGIN corp.test.
$TTL 300
@ IN SOA ns admin 1 3600 600 86400 60
@ IN NS ns
@ IN MX 10 mail
ns IN A 192.0.2.53
www IN A 192.0.2.1
www IN A 192.0.2.2
www IN AAAA 2001:db8::1
v4 IN A 192.0.2.4
v6 IN AAAA 2001:db8::6
mail IN A 192.0.2.25
text IN TXT "v=spf1 -all" "second"
_http._tcp IN SRV 10 5 8080 www
svc IN HTTPS 1 . alpn=h2
ptr IN PTR www
alias IN CNAME www
far IN CNAME alias
farther IN CNAME far
dangling IN CNAME missing
${Array.from({ length: 200 }, (_, i) => `big IN A 198.51.100.${i + 1}\n`).join('')}`;

/** What answers in other ways; nothing else exists. */
const ZONES = `
  local-zone: "." static
  local-zone: "corp.test." transparent
  local-zone: "refused.test." refuse
  local-zone: "silent.test." deny
  local-zone: "any.test." redirect
  local-data: "any.test. 60 IN A 192.0.2.7"
auth-zone:
  name: "corp.test."
  zonefile: "corp.zone"
  for-downstream: yes
  for-upstream: no
  fallback-enabled: no
`;

export interface ServerLine {
  readonly kind: 'query' | 'reply';
  /** Lower case, without the dot at its end. */
  readonly name: string;
  readonly type: string;
  /** null: of a query. */
  readonly rcode: string | null;
}

export interface UnboundOptions {
  /** As unbound takes them: ADDRESS@PORT. */
  readonly interfaces?: readonly string[];
  /** Off where its writing would be what is measured. */
  readonly log?: boolean;
  readonly threads?: number;
}

export class Unbound {
  private constructor(
    private readonly child: ChildProcess,
    private readonly log: string,
  ) {}

  get pid(): number {
    return this.child.pid!;
  }

  /** @param world null: in the host's namespace */
  static async start(world: World | null, folder: string, options: UnboundOptions = {}): Promise<Unbound> {
    const { interfaces = ['127.0.0.1@53', '::1@53'], log: logs = true, threads = 1 } = options;
    const log = join(folder, 'unbound.log');
    const configuration = join(folder, 'unbound.conf');
    writeFileSync(join(folder, 'corp.zone'), CORP);
    writeFileSync(
      configuration,
      `server:
${interfaces.map((text) => `  interface: ${text}\n`).join('')}  directory: "${folder}"
  logfile: "${log}"
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  log-queries: ${logs ? 'yes' : 'no'}
  log-replies: ${logs ? 'yes' : 'no'}
  log-tag-queryreply: yes
  module-config: "iterator"
  num-threads: ${threads}
  access-control: 0.0.0.0/0 allow
  access-control: ::0/0 allow
  ede: yes
  minimal-responses: yes
${ZONES}remote-control:
  control-enable: no
`,
    );
    const args = ['-c', configuration];
    const child =
      world === null
        ? spawn('setpriv', ['--pdeathsig', 'KILL', 'unbound', ...args], { env: toolEnvironment(), stdio: 'ignore' })
        : world.spawn('unbound', args, 'ignore');
    while (!existsSync(log) || !readFileSync(log, 'utf8').includes('start of service')) {
      if (child.exitCode !== null) throw new Error(`unbound does not start: ${readFileSync(log, 'utf8')}`);
      await sleep(20);
    }
    return new Unbound(child, log);
  }

  /** What it was asked and what it answered, in the order of its log. */
  lines(): ServerLine[] {
    const found = readFileSync(this.log, 'utf8').matchAll(
      /\[[\d:]+\] (query|reply): \S+ (\S+) (\S+) IN(?: (\S+) .*)?$/gm,
    );
    return [...found].map(([, kind, name, type, rcode = null]) => ({
      kind: kind as ServerLine['kind'],
      name: name!.toLowerCase().replace(/(?<=.)\.$/, ''),
      type: type!,
      rcode,
    }));
  }

  stop(): Promise<void> {
    return endOf(this.child);
  }
}
