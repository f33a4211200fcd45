import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { CHECKOUT } from './checkout.js';

/** enum bpf_map_type. */
export const TYPE = {
  hash: 1,
  array: 2,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  hash_of_maps: 13,
  queue: 22,
  sk_storage: 24,
  ringbuf: 27,
  bloom_filter: 30,
} as const;

/** linux/bpf.h: BPF_F_NO_PREALLOC. */
export const NO_PREALLOC = 1;

interface Made {
  readonly key: number;
  readonly value: number;
  readonly entries: number;
  readonly flags?: number;
  readonly inner?: string;
}

/** A process of another language that makes maps by bpf(2) itself and holds them (bpf_maps.py), until the test is over. */
export class BpfMaps {
  readonly #lines: AsyncIterator<string>;
  readonly child: ChildProcess;

  constructor() {
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', 'python3', `${CHECKOUT}test/live/support/bpf_maps.py`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines: Interface = createInterface({ input: this.child.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
    onTestFinished(() => this.close());
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** @returns the kernel's id of it */
  async make(name: string, type: keyof typeof TYPE, made: Made): Promise<number> {
    const { id } = await this.do<{ id: number }>({ make: name, type: TYPE[type], ...made });
    return id;
  }

  fill(name: string, to: number, from = 0): Promise<unknown> {
    return this.do({ fill: name, from, to });
  }

  empty(name: string, to: number, from = 0): Promise<unknown> {
    return this.do({ empty: name, from, to });
  }

  /** One of the things that bpf_maps.py says it does. */
  async do<T>(what: object): Promise<T> {
    this.child.stdin!.write(`${JSON.stringify(what)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`it ended at ${JSON.stringify(what)}`);
    const answer = JSON.parse(value) as T & { error?: string };
    if (answer.error !== undefined) throw new Error(`${JSON.stringify(what)}: ${answer.error}`);
    return answer;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
