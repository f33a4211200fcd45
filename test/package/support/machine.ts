/** This machine as somebody else's: users can be made, packages installed and checkouts built, and nothing of it stays. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));

/** What a command needs of the caller's environment to reach the network. */
const NETWORK = /^(.*_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;

/** sudo is what README says; where it is missing, it is installed into this machine only. It keeps PATH, so that it finds the same Node. */
const PREPARE = `
  set -eu
  ${readFileSync(`${CHECKOUT}scripts/packages.sh`, 'utf8')}
  if ! command -v sudo; then install_packages sudo; fi >/tmp/apt 2>&1
  useradd --create-home --shell /bin/bash ann
  printf 'ann ALL=(ALL) NOPASSWD: ALL\\nDefaults:ann !secure_path\\n' >/etc/sudoers.d/ann
  chmod 0440 /etc/sudoers.d/ann`;

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a machine of one's own lacks here, in half a sentence; null = nothing. */
export function lacksMachine(): string | null {
  if (process.platform !== 'linux') return 'mount namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'a machine of its own needs root';
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-probe-'));
  try {
    const probe =
      'mount -t tmpfs t "$0" && mkdir "$0/u" "$0/w" "$0/r" && mount -t overlay o -o "lowerdir=/,upperdir=$0/u,workdir=$0/w" "$0/r"';
    const { status } = spawnSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', probe, folder]);
    return status === 0 ? null : 'no overlay can be mounted here';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export class Machine {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #pid: string;

  private constructor(folder: string, process: ChildProcess, pid: string) {
    this.#folder = folder;
    this.#process = process;
    this.#pid = pid;
  }

  /**
   * With the files of this checkout, as they stand, in /sources.tar, and the built checkout itself, read-only, in /checkout. There is a
   * user `ann`, who may use sudo.
   */
  static async boot(): Promise<Machine> {
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-machine-'));
    const sources = `${folder}.tar`;
    // A file that is deleted and not yet committed is listed, and is not there.
    const list =
      'git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d "" f; do [ -e "$f" ] && printf "%s\\0" "$f"; done';
    execFileSync('bash', ['-c', `set -o pipefail; { ${list} || true; } | tar --null -T - -cf "$0"`, sources], {
      cwd: CHECKOUT,
    });
    const helper = fileURLToPath(new URL('fresh-machine', import.meta.url));
    const child = spawn(helper, [folder, sources], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ready = once(child.stdout, 'data').then(([data]) => String(data).trim());
    const gone = once(child, 'exit').then(() => '');
    const pid = await Promise.race([ready, gone]);
    rmSync(sources, { force: true });
    if (pid === '') throw new Error('The machine did not start.');
    const machine = new Machine(folder, child, pid);
    const { status, stderr } = await machine.run('root', '/', PREPARE);
    if (status === 0) return machine;
    await machine.shutDown();
    throw new Error(`The machine could not be prepared: ${stderr}`);
  }

  /**
   * Runs a shell command in `cwd` as `user`, with that user's own home and nothing of the caller's environment but what the network
   * needs. With CONNTRAIL_TRANSCRIPT=FILE, everything that was said is added to that file.
   */
  async run(user: string, cwd: string, command: string, environment: Record<string, string> = {}): Promise<Result> {
    const variables = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => NETWORK.test(name))),
      HOME: user === 'root' ? '/root' : `/home/${user}`,
      USER: user,
      LOGNAME: user,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      ...environment,
    };
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const inside = ['setpriv', '--reuid', user, '--regid', user, '--init-groups', 'env', '-i', ...assignments];
    // Not a spawnSync: minutes without an answer from this process are an error to vitest.
    const child = spawn(
      'nsenter',
      [
        `--mount=/proc/${this.#pid}/ns/mnt`,
        'chroot',
        join(this.#folder, 'root'),
        ...inside,
        'bash',
        '-c',
        `cd "$0" || exit\n${command}`,
        cwd,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (process.env.CONNTRAIL_TRANSCRIPT !== undefined) {
      const prompt = user === 'root' ? '#' : '$';
      appendFileSync(process.env.CONNTRAIL_TRANSCRIPT, `${prompt} ${command}\n${stdout}${stderr}[status ${status}]\n`);
    }
    return { status, stdout, stderr };
  }

  /** The same on a terminal of 80 columns; all that it shows is `stdout`. */
  terminal(user: string, cwd: string, command: string): Promise<Result> {
    return this.run(user, cwd, `script --quiet --return --command 'stty cols 80 rows 24; ${command}' /dev/null`);
  }

  async shutDown(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
