/** The real command, started and stopped as a script does it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, TestRunner } from 'vitest';
import { COMMAND } from './checkout.js';
import { descriptorsOf } from './kernel-objects.js';

export interface Ended {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/**
 * Starts the command so that it does not outlive its test: one that fails between start and stop would leave a tracer that every later test
 * sees. It is killed when the test is over, and by the kernel when the test's process is.
 */
export function spawnTracer(args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', COMMAND, ...args], options);
  // Started before the tests, it is for all of the file, which has a process of its own.
  if (TestRunner.getCurrentTest() === undefined) return child;
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

export class Observer {
  private errors = '';
  private readonly ended: Promise<Ended>;

  private constructor(
    readonly child: ChildProcess,
    /** Where its standard output goes. */
    readonly output: string,
  ) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.ended = once(child, 'close').then(([status, signal]) => ({ status, signal, errors: this.errors }));
  }

  /** Its standard error so far. */
  get told(): string {
    return this.errors;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /**
   * Starts `conntrail observe -o ndjson` with standard output to `folder`/out.ndjson and returns once its ready file is there.
   * @throws Error with its standard error when it ends before that.
   */
  static start(folder: string, ...options: string[]): Promise<Observer> {
    return Observer.startWith({}, folder, ...options);
  }

  /** The same with further environment variables. */
  static async startWith(env: Record<string, string>, folder: string, ...options: string[]): Promise<Observer> {
    const output = join(folder, 'out.ndjson');
    const ready = join(folder, `ready-${process.hrtime.bigint()}`);
    const file = openSync(output, 'w');
    const child = spawnTracer(['observe', '-o', 'ndjson', '--ready-file', ready, ...options], {
      stdio: ['ignore', file, 'pipe'],
      env: { ...process.env, ...env },
    });
    closeSync(file);
    const observer = new Observer(child, output);
    while (!existsSync(ready)) {
      if (child.exitCode !== null || child.signalCode !== null) {
        const { status, errors } = await observer.ended;
        throw new Error(`observe ended with ${status} before it was ready: ${errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return observer;
  }

  /** What it holds of the machine at this moment, as counts by kind. */
  resources(): { readonly threads: number; readonly descriptors: Readonly<Record<string, number>> } {
    const descriptors: Record<string, number> = {};
    for (const target of descriptorsOf(this.pid)) {
      const kind = target.replace(/:?\[\d+\]$/, '');
      descriptors[kind] = (descriptors[kind] ?? 0) + 1;
    }
    return { threads: readdirSync(`/proc/${this.pid}/task`).length, descriptors };
  }

  /** Stops all its threads for a while. */
  async pause(ms: number): Promise<void> {
    this.child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.child.kill('SIGCONT');
  }

  /**
   * Waits for a line on standard error.
   * @throws Error when it ends without that.
   */
  async tells(line: RegExp): Promise<void> {
    while (!this.errors.split('\n').some((text) => line.test(text))) {
      if (this.child.exitCode !== null) throw new Error(`it ended without telling ${line}: ${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/**
 * Runs a command line of conntrail until it is ready, then `body`, then stops it as Ctrl-C does.
 * @param command the program, with whatever it is run by before it
 * @param folder for its ready file
 */
export async function runBeside(
  command: readonly string[],
  folder: string,
  body: () => unknown,
): Promise<Ended & { readonly stdout: string }> {
  const ready = join(folder, `ready-${process.hrtime.bigint()}`);
  const child = spawn(command[0]!, [...command.slice(1), '--ready-file', ready], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (errors += text));
  const ended = once(child, 'close');
  while (!existsSync(ready) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
  if (child.exitCode === null) await body();
  child.kill('SIGINT');
  const [status, signal] = await ended;
  return { status, signal, errors, stdout };
}

/** Runs the command to its end. */
export async function run(...args: string[]): Promise<Ended & { readonly stdout: Buffer }> {
  const child = spawn(COMMAND, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [status, signal] = await once(child, 'close');
  return { status, signal, errors, stdout: Buffer.concat(chunks) };
}
