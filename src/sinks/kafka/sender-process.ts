import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { ConntrailError } from '../../errors.js';
import type { SenderNews, SenderOrder, SenderSettings } from './sender-protocol.js';

/** How long until a sender that died is begun again, ms: twice as long each time, up to the most. */
const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 30_000;
/** One that ran so long counts as healthy: the next death of it is the first again. */
const HEALTHY_MS = 60_000;
/** How long it may take until it is known whether it can work at all, ms. */
const START_MS = 30_000;
/** How much longer than it was given it may take to end, ms. */
const GRACE_MS = 700;
/** Of what it wrote to standard error, for the sentence on its death. */
const LAST_WORDS = 2_048;

export interface SenderEvents {
  /** A sender is about to begin. */
  beginning(): Promise<void>;
  news(news: SenderNews): void;
  /** It ended before it was told to: CONNTRAIL_KAFKA_SENDER, or what it told as fatal. It is begun again. */
  died(error: ConntrailError): void;
}

/**
 * The process that sends, begun again whenever it dies. It is of a session of its own: ^C at a terminal is for the agent, which tells it to
 * end.
 */
export class SenderProcess {
  readonly #module: URL;
  readonly #settings: SenderSettings;
  readonly #events: SenderEvents;
  #child: ChildProcess | null = null;
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | null = null;
  #over = false;
  /** Whether the first sender can work, or never will; null: that is known. */
  #starting: { resolve(): void; reject(error: ConntrailError): void } | null = null;
  #allSettled!: () => void;
  /** Resolves when a sender that does not follow its spool has settled all of it. */
  readonly done = new Promise<void>((resolve) => {
    this.#allSettled = resolve;
  });

  /** @param module what the process runs */
  constructor(module: URL, settings: SenderSettings, events: SenderEvents) {
    this.#module = module;
    this.#settings = settings;
    this.#events = events;
  }

  /**
   * Begins it; resolves when it can work, whether or not a broker answers.
   *
   * @throws ConntrailError what it told as fatal, or CONNTRAIL_KAFKA_SENDER when it ended without a word
   */
  async start(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#starting = { resolve, reject };
    });
    const late = `the process that sends to Kafka did not begin within ${START_MS / 1000} s; give this host CPU`;
    const timer = setTimeout(() => this.#starting?.reject(senderError(late)), START_MS);
    try {
      await this.#begin();
      await started;
    } catch (error) {
      this.kill();
      throw error;
    } finally {
      this.#starting = null;
      clearTimeout(timer);
    }
  }

  /** Tells it to send for so long at most, and to end; resolves when it has ended, or was ended. */
  async end(withinMs: number): Promise<void> {
    this.#stop();
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      // Of one whose channel we have closed Node tells no close.
      child.once('exit', () => {
        if (!child.connected) resolve();
      });
    });
    order(child, { kind: 'end', withinMs });
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs + GRACE_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Lets it end by itself, soon: nobody waits for it. */
  abandon(): void {
    this.#stop();
    const child = this.#child;
    if (child?.connected === true) child.disconnect();
    child?.unref();
    (child?.stderr as Socket | null | undefined)?.unref();
  }

  /** Ends it at once. */
  kill(): void {
    this.#stop();
    this.#child?.kill('SIGKILL');
  }

  #stop(): void {
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #begin(): Promise<void> {
    await this.#events.beginning();
    if (this.#over) return;
    const began = performance.now();
    // Nothing is asked of it by arguments or environment; what would change how Node runs it is not passed on.
    const { NODE_OPTIONS: _, NODE_PATH: __, ...env } = process.env;
    const child = fork(this.#module, [], {
      execArgv: [],
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    let words = '';
    let fatal: ConntrailError | null = null;
    child.stderr?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-LAST_WORDS);
    });
    child.on('message', (news: SenderNews) => {
      // It has its options, its client and the spool: whatever comes now may become better by itself.
      if (news.kind === 'counts') this.#starting?.resolve();
      if (news.kind === 'trouble' && news.fatal) fatal = new ConntrailError(news.code, news.sentence);
      else this.#events.news(news);
    });
    // Without it a message to one that is gone would be thrown at nobody.
    child.on('error', () => {});
    child.once('close', (status, signal) => {
      this.#child = null;
      if (performance.now() - began >= HEALTHY_MS) this.#pause = FIRST_PAUSE_MS;
      if (status === 0 && !this.#settings.follow) this.#allSettled();
      else if (!this.#over) this.#again(fatal ?? senderError(deathOf(status, signal, words)));
    });
    order(child, { kind: 'begin', settings: this.#settings });
  }

  #again(error: ConntrailError): void {
    if (this.#starting !== null) {
      this.#starting.reject(error);
      return;
    }
    this.#events.died(error);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#begin().catch((cause: unknown) =>
        this.#again(senderError(`the process that sends to Kafka cannot be begun (${cause})`)),
      );
    }, this.#pause);
    this.#pause = Math.min(2 * this.#pause, MOST_PAUSE_MS);
  }
}

function order(child: ChildProcess, message: SenderOrder): void {
  if (child.connected) child.send(message, () => {});
}

function deathOf(status: number | null, signal: NodeJS.Signals | null, words: string): string {
  const how = signal === null ? `with status ${status}` : `by ${signal}`;
  const last = words.trim().split('\n').at(-1) ?? '';
  const why = last === '' ? '' : ` (${last.slice(0, 300)})`;
  return `the process that sends to Kafka ended ${how}${why}; it is begun again, and sends again what was open`;
}

const senderError = (sentence: string) => new ConntrailError('CONNTRAIL_KAFKA_SENDER', sentence);
