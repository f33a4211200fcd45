import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./queues.py', import.meta.url));

/** What the kernel says of a socket's receive queue: SIOCINQ, SO_RCVBUF; of a send queue: SIOCOUTQ. */
export interface Said {
  readonly port: number;
  readonly queued: number;
  readonly buffer: number;
  readonly unsent: number;
  readonly send_port: number;
  readonly calls: number;
}

/** A process that has TCP queues of a known fill (queues.py). */
export class QueueProcess {
  readonly #lines: AsyncIterator<string>;

  private constructor(
    readonly child: ChildProcess,
    lines: Interface,
  ) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** @param procs file into which a process writes its id to be in a memory cgroup @param before command that it is run by */
  static async start(procs: string, before: readonly string[] = []): Promise<QueueProcess> {
    const shell = ['sh', '-c', 'echo $$ > "$0" && exec python3 "$1"', procs, SCRIPT];
    const [file, ...args] = [...before, ...shell];
    const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const own = new QueueProcess(child, createInterface(child.stdout!));
    await own.#answer();
    return own;
  }

  async do(command: string): Promise<Said> {
    this.child.stdin!.write(`${command}\n`);
    return this.#answer();
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin!.end('quit\n');
    await ended;
  }

  async #answer(): Promise<Said> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the process with the queues has ended');
    return JSON.parse(value) as Said;
  }
}
