/**
 * A place of the test's own on this host: a network namespace with a loopback, and an /etc and a /run that nobody else sees, so that resolvers
 * read a resolv.conf of the test's and servers may have port 53. Gone with its test.
 */
import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toolEnvironment } from './tools.js';

const execute = promisify(execFile);

/** A user for servers that will not be root; the host's /etc/passwd need not have it. */
export const SERVER_ID = 64_999;

const DEFAULT_ETC: Readonly<Record<string, string>> = {
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  passwd: `root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nsystemd-resolve:x:${SERVER_ID}:${SERVER_ID}::/:/bin/false\n`,
  group: `root:x:0:\nnogroup:x:65534:\nsystemd-resolve:x:${SERVER_ID}:\n`,
  'resolv.conf': 'nameserver 127.0.0.1\n',
};

const SET_UP = `set -e
ip link set lo up
mount -t overlay -o "lowerdir=$1/etc:/etc" overlay /etc
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/resolve && chown ${SERVER_ID}:${SERVER_ID} /run/systemd/resolve
echo ready
exec cat`;

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
}

export class World {
  readonly #children: ChildProcess[] = [];

  private constructor(
    /** Holds the namespaces. */
    private readonly keeper: ChildProcess,
    private readonly flags: readonly string[],
    /** Files of the test's. */
    readonly folder: string,
  ) {}

  /** @param etc files of its /etc, beside the usual few */
  static async open(etc: Readonly<Record<string, string>> = {}): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-dns-'));
    for (const [name, text] of Object.entries({ ...DEFAULT_ETC, ...etc })) {
      const path = join(folder, 'etc', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    // It ends when nobody holds its standard input: also when the test is killed.
    return World.#keep(['--net', '--mount'], SET_UP, folder);
  }

  /** The same commands in the host's own namespaces. */
  static host(): Promise<World> {
    return World.#keep(['--uts'], 'echo ready; exec cat', mkdtempSync(join(tmpdir(), 'conntrail-dns-')));
  }

  static async #keep(flags: readonly string[], script: string, folder: string): Promise<World> {
    const keeper = spawn('unshare', [...flags, 'sh', '-c', script, 'sh', folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: toolEnvironment(),
    });
    let errors = '';
    keeper.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const ready = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'close')]);
    if (!String(ready[0]).startsWith('ready')) throw new Error(`no namespaces of our own: ${errors}`);
    return new World(keeper, flags, folder);
  }

  /** Path of its network namespace. */
  get netns(): string {
    return `/proc/${this.keeper.pid}/ns/net`;
  }

  get netnsInode(): number {
    return statSync(this.netns).ino;
  }

  /** Starts a command in it, ended with it. */
  spawn(command: string, args: readonly string[], stdio: StdioOptions = ['ignore', 'pipe', 'pipe']): ChildProcess {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...this.#entered(command, args)], {
      stdio,
      env: toolEnvironment(),
    });
    this.#children.push(child);
    return child;
  }

  /** Runs a command in it to its end. @throws Error when it fails, unless that is what is looked at */
  async run(command: string, args: readonly string[], { input = '', mayFail = false } = {}): Promise<Result> {
    const [first, ...rest] = this.#entered(command, args);
    const running = execute(first!, rest, { env: toolEnvironment(), maxBuffer: 1 << 28 });
    // Not everything reads its input.
    running.child.stdin!.on('error', () => {}).end(input);
    try {
      return await running;
    } catch (error) {
      const { stdout, stderr, code } = error as Result & { code: unknown };
      if (mayFail && typeof code === 'number') return { stdout, stderr };
      throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    }
  }

  #entered(command: string, args: readonly string[]): string[] {
    return ['nsenter', '-t', String(this.keeper.pid), ...this.flags, command, ...args];
  }

  async close(): Promise<void> {
    for (const child of this.#children) await endOf(child);
    this.keeper.stdin!.end();
    if (this.keeper.exitCode === null) await once(this.keeper, 'close');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ends a process, at once where it does not itself. */
export async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 2000);
  await ended;
  clearTimeout(late);
}
