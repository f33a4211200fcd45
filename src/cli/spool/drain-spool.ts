import { resolve } from 'node:path';
import { ConntrailError } from '../../errors.js';
import { hostName } from '../../kernel/host.js';
import { Deliveries } from '../../sinks/kafka/deliveries.js';
import { SENDER } from '../../sinks/kafka/kafka-output.js';
import { kafkaUrl } from '../../sinks/kafka/kafka-place.js';
import { Notices } from '../../sinks/kafka/notices.js';
import { SenderProcess } from '../../sinks/kafka/sender-process.js';
import { CheckpointFile } from '../../spool/checkpoint-file.js';
import { DirectoryFiles } from '../../spool/directory-files.js';
import { type SpoolSurvey, surveySpool } from '../../spool/survey.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { targetOf } from '../kafka-options.js';
import { fail, holdLines, say } from '../say.js';
import { StopSignals } from '../stop-signals.js';
import { DrainProgress } from './drain-progress.js';
import { refuseNoSpool } from './read-spool.js';

/** How often progress is told: to a terminal, and to whoever keeps the lines, ms. */
const SHOWN_MS = 250;
const LINE_MS = 10_000;
/** What a sender that is told to stop may take, ms. */
const STOP_MS = 2_000;

export interface DrainOptions {
  to: string;
  kafkaConfig?: string;
  host?: string;
}

/**
 * Sends what is in a spool that no run has; goes on until all of it is settled, or it is stopped.
 *
 * @returns 0 when nothing is left, and all of it was acknowledged
 * @throws ConntrailError
 */
export async function drainSpool(path: string, options: DrainOptions): Promise<ExitCode> {
  const target = await targetOf(options.to, options.kafkaConfig);
  const files = await DirectoryFiles.open(path, false);
  using signals = new StopSignals();
  try {
    const before = await surveySpool(files);
    refuseNoSpool(path, before);
    const waiting = before.resident.records;
    const deliveries = new Deliveries(before.checkpoint);
    const progress = new DrainProgress(waiting, performance.now());
    const shown = new ShownProgress(progress);
    const notices = new Notices(kafkaUrl(target), ({ code, sentence }) => say(`${sentence} [${code}]`));
    const read = async () => deliveries.read(await new CheckpointFile(files).read().catch(() => null));
    const settings = { spool: resolve(files.path), follow: false, target, host: options.host ?? hostName() };
    const sender = new SenderProcess(SENDER, settings, {
      beginning: async () => {
        notices.clear();
        deliveries.begin(await new CheckpointFile(files).read().catch(() => null));
      },
      news: (news) => {
        if (news.kind === 'counts') {
          deliveries.tell(news);
          progress.tell(deliveries.acked.records + deliveries.deadLettered.records, performance.now());
        } else if (news.kind === 'trouble') notices.trouble(news.code, news.sentence);
        else if (news.kind === 'over') notices.over(news.code);
      },
      died: (error) => notices.event(error),
    });
    try {
      await Promise.race([begin(sender, signals.signal), sender.done]);
      shown.open();
      await Promise.race([sender.done, aborted(signals.signal)]);
    } finally {
      shown.close();
      await sender.end(STOP_MS);
    }
    await read();
    return tell(path, deliveries, await surveySpool(files));
  } finally {
    await files.close();
  }
}

/** Until it can work, or it is stopped. */
async function begin(sender: SenderProcess, signal: AbortSignal): Promise<void> {
  await Promise.race([sender.start(), aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function tell(path: string, { acked, deadLettered, resent }: Deliveries, { resident }: SpoolSurvey): ExitCode {
  const n = (count: number) => count.toLocaleString('en-US');
  const twice = resent === 0 ? '' : `, ${n(resent)} perhaps sent twice`;
  say(
    `${path}: ${n(acked.records)} acknowledged, ${n(resident.records)} wait, ${n(deadLettered.records)} dead-lettered${twice}`,
  );
  if (deadLettered.records > 0) {
    const sentence = `Kafka refused ${deadLettered.records} records for good; they are in ${path}/dead-letters.ndjson, with why`;
    return fail(new ConntrailError('CONNTRAIL_KAFKA_REFUSED', sentence));
  }
  if (resident.records === 0) return EXIT.ok;
  const sentence = `stopped while ${n(resident.records)} records wait in ${path}; drain it again, or let a run take it`;
  return fail(new ConntrailError('CONNTRAIL_ABORTED', sentence));
}

/** Progress as one line of a terminal that is written over, else as lines. */
class ShownProgress {
  readonly #progress: DrainProgress;
  readonly #terminal = process.stderr.isTTY === true;
  #timer: NodeJS.Timeout | null = null;

  constructor(progress: DrainProgress) {
    this.#progress = progress;
  }

  open(): void {
    if (!this.#terminal) {
      this.#timer = setInterval(() => say(this.#progress.line()), LINE_MS);
      return;
    }
    // What is to stay is written above.
    holdLines((line) => process.stderr.write(`\r\x1b[Kconntrail: ${line}\n`));
    this.#timer = setInterval(() => this.#draw(), SHOWN_MS);
    this.#draw();
  }

  close(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    if (!this.#terminal) return;
    holdLines(null);
    process.stderr.write('\r\x1b[K');
  }

  #draw(): void {
    // A terminal may not know.
    const columns = process.stderr.columns || 80;
    process.stderr.write(`\r\x1b[K${`conntrail: ${this.#progress.line()}`.slice(0, columns - 1)}`);
  }
}
