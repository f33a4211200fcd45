import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../../harness/peers.js';

const READY_MS = 20_000;
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** How many perf events a process has open; 0 when it is gone or becoming another program. */
function perfEvents(pid: number): number {
  try {
    const folder = `/proc/${pid}/fd/`;
    return readdirSync(folder).filter((fd) => readlinkSync(folder + fd) === 'anon_inode:[perf_event]').length;
  } catch {
    return 0;
  }
}

/** A tracer that runs as its own process. */
export class RunningTracer {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /**
   * Starts conntrail and waits until every hook is proven.
   * @param flags of `observe`
   * @param cpu pins it to one CPU, all threads
   * @param output where its standard output goes
   */
  static conntrail(
    flags: readonly string[],
    { cpu, output = 'ignore' }: { cpu?: number; output?: 'ignore' | 'pipe' } = {},
  ) {
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));
    const ready = join(folder, 'ready');
    const command = [process.execPath, `${ROOT}bin/conntrail`, 'observe', '--ready-file', ready, ...flags];
    return RunningTracer.#start(command, folder, ready, cpu, output);
  }

  /** Starts a peer, which makes the file when it runs. */
  static peer(path: string, object: string, { cpu }: { cpu?: number } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));
    const ready = join(folder, 'ready');
    return RunningTracer.#start([path, object, ready], folder, ready, cpu, 'ignore');
  }

  /**
   * Starts tcplife of libbpf-tools, with tracefs mounted for it alone. It says nothing when it runs; its buffers, one per CPU, are the last thing
   * it opens.
   */
  static tcplife({ cpu }: { cpu?: number } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'conntrail-bench-'));
    const traces = '/sys/kernel/tracing';
    const script = `mountpoint -q ${traces} || mount -t tracefs tracefs ${traces} && exec tcplife`;
    const command = ['unshare', '--mount', 'sh', '-c', script];
    const ready = ({ pid }: ChildProcess) => perfEvents(pid!) > cpus().length;
    return RunningTracer.#start(command, folder, ready, cpu, 'ignore');
  }

  static async #start(
    command: string[],
    folder: string,
    ready: string | ((child: ChildProcess) => boolean),
    cpu: number | undefined,
    output: 'ignore' | 'pipe',
  ): Promise<RunningTracer> {
    const [file, ...rest] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
    const child = spawn(file!, rest, { stdio: ['ignore', output, 'pipe'] });
    running.add(child);
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const isReady = () => (typeof ready === 'string' ? existsSync(ready) : ready(child));
    for (let waited = 0; !isReady(); waited += 20) {
      if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}: ${said}`);
      if (waited > READY_MS) throw new Error(`${file} did not get ready: ${said}`);
      await sleep(20);
    }
    return new RunningTracer(child, folder);
  }

  /** taskset replaces itself, so this is the tracer's own. */
  get pid(): number {
    return this.#child.pid!;
  }

  get stdout(): NodeJS.ReadableStream {
    return this.#child.stdout!;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await ended;
    running.delete(this.#child);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
