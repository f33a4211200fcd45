/** The process that sends, as the agent has it; and a spool to send from. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ErrorCode } from '../../../src/errors.js';
import type { KafkaTarget } from '../../../src/sinks/kafka/kafka-target.js';
import type {
  SenderCounts,
  SenderNews,
  SenderOrder,
  SenderSettings,
} from '../../../src/sinks/kafka/sender-protocol.js';
import type { Kafka } from './kafka.js';

export const HOST = 'host-of-the-test';

/** A Kafka as the options' checks leave it, without TLS. */
export function targetOf(kafka: Kafka, prefix: string, changes: Partial<KafkaTarget> = {}): KafkaTarget {
  return {
    brokers: kafka.brokers.split(','),
    prefix,
    registry: { url: kafka.registry, attempts: 1, timeoutMs: 2_000 },
    framing: 'message',
    compression: 'zstd',
    topics: { create: true, partitions: 3, replication: -1, retentionMs: 3_600_000 },
    tls: null,
    sasl: null,
    plaintextCredentials: false,
    lingerMs: 20,
    messageBytes: 1_000_000,
    extra: {},
    ...changes,
  };
}

export function spoolDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'conntrail-spool-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A bound for what hangs. */
const PATIENCE_MS = 60_000;

export class SenderProcess {
  readonly news: SenderNews[] = [];
  readonly #child: ChildProcess;
  #changed: () => void = () => {};
  #failed: string | null = null;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (news: SenderNews) => {
      this.news.push(news);
      this.#changed();
    });
    child.on('exit', (code, signal) => {
      if (signal !== 'SIGKILL' && code !== 0) this.#failed = `the sender ended with ${code ?? signal}`;
      this.#changed();
    });
    onTestFinished(async () => {
      child.removeAllListeners('message');
      if (!this.ended) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    });
  }

  static start(spool: string, target: KafkaTarget, more: Partial<SenderSettings> = {}): SenderProcess {
    const child = fork('dist/sinks/kafka/sender/main.js', {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
    const sender = new SenderProcess(child);
    const settings: SenderSettings = { spool, follow: true, target, host: HOST, ...more };
    sender.#order({ kind: 'begin', settings });
    return sender;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** The latest counts; null: none were told yet. */
  get counts(): SenderCounts | null {
    return (this.news.findLast(({ kind }) => kind === 'counts') as SenderCounts | undefined) ?? null;
  }

  /** Troubles that were told, `+` as they came and `-` when they were over. */
  get troubles(): string[] {
    return this.news.flatMap((news) =>
      news.kind === 'trouble' ? [`+${news.code}`] : news.kind === 'over' ? [`-${news.code}`] : [],
    );
  }

  sentence(code: string): string {
    const found = this.news.find((news) => news.kind === 'trouble' && news.code === code);
    return (found as { sentence: string } | undefined)?.sentence ?? '';
  }

  /** Returns when it is so. @throws Error when the process ended first, or it is not within PATIENCE_MS */
  async until(so: () => boolean): Promise<void> {
    const timer = setTimeout(() => {
      this.#failed ??= `not so within ${PATIENCE_MS} ms`;
      this.#changed();
    }, PATIENCE_MS);
    onTestFinished(() => clearTimeout(timer));
    while (!so()) {
      if (this.#failed !== null) throw new Error(`${this.#failed}; ${JSON.stringify(this.news.slice(-8))}`);
      if (this.ended) throw new Error('the sender has ended');
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    clearTimeout(timer);
  }

  /** Returns when the trouble was told. */
  async trouble(code: ErrorCode): Promise<string> {
    await this.until(() => this.sentence(code) !== '');
    return this.sentence(code);
  }

  async end(withinMs = 10_000): Promise<void> {
    this.#order({ kind: 'end', withinMs });
    await this.gone();
  }

  /** Returns when the process is gone. */
  async gone(): Promise<void> {
    if (!this.ended) await once(this.#child, 'exit');
    if (this.#failed !== null) throw new Error(`${this.#failed}; ${JSON.stringify(this.news.slice(-8))}`);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (!this.ended) await once(this.#child, 'exit');
  }

  #order(order: SenderOrder): void {
    this.#child.send(order);
  }
}
