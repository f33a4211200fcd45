import { resolve } from 'node:path';
import { ConntrailError } from '../../errors.js';
import type { RecordWriter } from '../../pipeline/record-writer.js';
import type { SpoolPolicy } from '../../spool/spool-options.js';
import { SpoolWriter } from '../../spool/spool-writer.js';
import type { Output } from '../output.js';
import type { SeriesCounts } from '../series-counts.js';
import { Deliveries, missingOf, seriesOf, smaller } from './deliveries.js';
import { kafkaUrl } from './kafka-place.js';
import type { KafkaTarget } from './kafka-target.js';
import { MEMORY_SPOOL_BYTES, memorySpoolPath, removeMemorySpool } from './memory-spool.js';
import { type Notice, Notices } from './notices.js';
import { SenderProcess } from './sender-process.js';
import type { SenderNews } from './sender-protocol.js';

/** What the process that sends runs. */
export const SENDER = new URL('./sender/main.js', import.meta.url);

/** How long the end may take in all, and what of it the sender has: with a broker that answers, and with one that does not. */
const ENDS_WITHIN_MS = 4_000;
const REST_MS = 3_000;
const REST_AWAY_MS = 300;
const AWAY = ['CONNTRAIL_KAFKA_UNREACHABLE', 'CONNTRAIL_KAFKA_CREDENTIALS', 'CONNTRAIL_KAFKA_TLS'] as const;
/** For whoever waits for all of it. */
const PATIENCE_MS = 7 * 86_400_000;
const DEFAULT_SIZE = 1 << 30;
const DEFAULT_AGE_MS = 7 * 86_400_000;

/** The spool in front of a Kafka. */
export interface KafkaSpool {
  /** Its directory; in memory, of this run alone, without one. */
  readonly directory?: string | undefined;
  /** Most bytes of it; 1 GiB. In memory it is 64 MiB. */
  readonly size?: number | undefined;
  /** After which records expire, ms; 7 days. Infinity: never. */
  readonly ageMs?: number | undefined;
  /** What gives way when it is full; the oldest records, unless said otherwise. */
  readonly policy?: SpoolPolicy | undefined;
}

export interface KafkaOutputSettings {
  readonly target: KafkaTarget;
  readonly spool: KafkaSpool;
  /** Name of the host in the records: it says which partition they go to. */
  readonly host: string;
  /** Whether there are output records. */
  readonly accounts: boolean;
  /** Whether `finish` waits until everything has arrived, however long that takes, and what comes waits for room in the spool. */
  readonly patient?: boolean;
  /** Is told what is in the way, once each, and that it is over. */
  readonly tell: (notice: Notice) => void;
  /** What the process that sends runs. */
  readonly sender?: URL;
}

/** What became of the records of a run, for its last line. */
export interface KafkaFate {
  readonly acked: number;
  /** In the spool; of one in memory they are lost when the run is over. */
  readonly waiting: number;
  readonly deadLettered: number;
  readonly expired: number;
  readonly dropped: number;
  /** Perhaps there twice. */
  readonly resent: number;
}

/** Records into a spool, and the process that sends them from there: whatever becomes of it, the pipeline is not held up. */
export class KafkaOutput implements Output {
  readonly name: string;
  readonly endsWithinMs?: number;
  readonly #patient: boolean;
  readonly #spool: SpoolWriter;
  /** Path of a spool in memory; null: it is on disk, and stays. */
  readonly #memory: string | null;
  readonly #notices: Notices;
  readonly #deliveries: Deliveries;
  readonly #sender: SenderProcess;
  readonly #errors: ConntrailError[] = [];
  #judged = false;
  /** Nothing is left that the spool has not taken. */
  #accepted = false;

  private constructor(
    spool: SpoolWriter,
    deliveries: Deliveries,
    memory: string | null,
    settings: KafkaOutputSettings,
  ) {
    const { target, host, tell, sender = SENDER, patient = false } = settings;
    this.#patient = patient;
    if (!patient) this.endsWithinMs = ENDS_WITHIN_MS;
    this.name = kafkaUrl(target);
    this.#spool = spool;
    this.#memory = memory;
    this.#deliveries = deliveries;
    this.#notices = new Notices(this.name, tell);
    this.#sender = new SenderProcess(
      sender,
      { spool: resolve(spool.name), follow: true, target, host },
      {
        beginning: async () => {
          this.#notices.clear();
          this.#deliveries.begin(await this.#spool.checkpoint().catch(() => null));
        },
        news: (news) => this.#hear(news),
        died: (error) => this.#notices.event(error),
      },
    );
  }

  /**
   * Opens the spool and begins the sender.
   *
   * @throws ConntrailError of the spool; what the sender cannot work without: CONNTRAIL_OPTION, CONNTRAIL_IO (a secret's file),
   *   CONNTRAIL_KAFKA_CLIENT, CONNTRAIL_KAFKA_SENDER
   */
  static async open(settings: KafkaOutputSettings): Promise<KafkaOutput> {
    const { accounts, patient = false } = settings;
    const { directory, size, ageMs = DEFAULT_AGE_MS, policy = patient ? 'block' : 'oldest' } = settings.spool;
    const memory = directory === undefined ? await memorySpoolPath() : null;
    const most = memory === null ? (size ?? DEFAULT_SIZE) : Math.min(size ?? MEMORY_SPOOL_BYTES, MEMORY_SPOOL_BYTES);
    const spool = await SpoolWriter.open(memory ?? directory!, { policy, size: most, age: ageMs, accounts });
    let output: KafkaOutput | null = null;
    try {
      output = new KafkaOutput(spool, new Deliveries(await spool.checkpoint()), memory, settings);
      await output.#sender.start();
      return output;
    } catch (error) {
      await spool.finish();
      if (memory !== null) removeMemorySpool(memory);
      throw error;
    }
  }

  get writer(): RecordWriter {
    return this.#spool.writer;
  }

  /** What the spool has taken, without what is lost out of it. */
  get written(): SeriesCounts {
    const written = this.#spool.written.copy();
    // What expired may be of earlier runs.
    return written.without(smaller(written, this.#lost()));
  }

  get refused(): SeriesCounts {
    const refused = this.#spool.refused.copy();
    refused.add(this.#lost());
    return refused;
  }

  get unread(): SeriesCounts {
    return this.#spool.unread;
  }

  get errors(): readonly ConntrailError[] {
    return [...this.#spool.errors, ...this.#errors];
  }

  get fate(): KafkaFate {
    const [acked, deadLettered] = [this.#deliveries.acked.records, this.#deliveries.deadLettered.records];
    const expired = this.#spool.expired.records;
    return {
      acked,
      waiting: Math.max(0, this.#spool.next - 1 - this.#deliveries.gone - acked - deadLettered - expired),
      deadLettered,
      expired,
      dropped: this.#spool.refused.records,
      resent: this.#deliveries.resent,
    };
  }

  /** The run as a line for people. */
  summary(): string {
    const { acked, waiting, deadLettered, expired, dropped, resent } = this.fate;
    const n = (count: number) => count.toLocaleString('en-US');
    const rest =
      this.#memory === null
        ? `${n(waiting)} wait in the spool ${this.#spool.name}`
        : `${n(waiting)} lost with the spool in memory`;
    const twice = resent === 0 ? '' : `, ${n(resent)} perhaps sent twice`;
    return `${this.name}: ${n(acked)} acknowledged, ${rest}, ${n(deadLettered)} dead-lettered, ${n(expired)} expired, ${n(dropped)} dropped${twice}`;
  }

  idle(): Promise<void> {
    return this.#spool.idle();
  }

  async finish(): Promise<void> {
    const began = performance.now();
    await this.#spool.idle();
    this.#accepted = true;
    const left = ENDS_WITHIN_MS - (performance.now() - began);
    const rest = this.#notices.last(AWAY) ? REST_AWAY_MS : REST_MS;
    await this.#sender.end(this.#patient ? PATIENCE_MS : Math.max(0, Math.min(rest, left - 1_000)));
    if (this.#judged) return;
    this.#deliveries.read(await this.#spool.checkpoint().catch(() => null));
    await this.#spool.finish();
    this.#judge();
  }

  abandon(): void {
    if (this.#judged) return;
    if (!this.#accepted) this.#spool.abandon();
    // What lies in memory ends with this process.
    if (this.#memory === null) this.#sender.abandon();
    else this.#sender.kill();
    this.#judge();
  }

  /** Ends it all without waiting for what is in the spool: for a run that did not begin. */
  async discard(): Promise<void> {
    await this.#sender.end(0);
    await this.#spool.finish();
    if (this.#memory !== null) removeMemorySpool(this.#memory);
  }

  /** What of the spool's records is lost: what expired, and of a spool in memory what did not arrive when all is over. */
  #lost(): SeriesCounts {
    const lost = seriesOf(this.#spool.expired);
    if (this.#memory === null || !this.#judged) return lost;
    return missingOf(this.#spool.written, this.#deliveries.acked);
  }

  #hear(news: SenderNews): void {
    if (news.kind === 'counts') this.#deliveries.tell(news);
    else if (news.kind === 'trouble') this.#notices.trouble(news.code, news.sentence);
    else if (news.kind === 'over') this.#notices.over(news.code);
  }

  /** The end: what is an error of the whole run. */
  #judge(): void {
    this.#judged = true;
    const { waiting, deadLettered, expired } = this.fate;
    const path = this.#spool.name;
    if (expired > 0) {
      const sentence = `${expired} records expired in the spool ${path} before Kafka took them; give it more room (--spool-size) or time (--spool-age)`;
      this.#errors.push(new ConntrailError('CONNTRAIL_BEHIND', sentence));
    }
    if (deadLettered > 0) {
      const where =
        this.#memory === null
          ? `they are in ${path}/dead-letters.ndjson, with why`
          : 'name a spool (--spool DIR) to have them kept';
      const sentence = `Kafka refused ${deadLettered} records for good; ${where}`;
      this.#errors.push(new ConntrailError('CONNTRAIL_KAFKA_REFUSED', sentence));
    }
    if (this.#memory === null) return;
    if (waiting > 0) {
      const sentence = `${waiting} records were not acknowledged by ${this.name} and are lost with the spool in memory; name one on disk (--spool DIR)`;
      this.#errors.push(new ConntrailError('CONNTRAIL_BEHIND', sentence));
    }
    removeMemorySpool(this.#memory);
  }
}
