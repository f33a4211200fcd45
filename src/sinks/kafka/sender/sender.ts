import { setTimeout as sleep } from 'node:timers/promises';
import { ConntrailError, codeOf, type ErrorCode } from '../../../errors.js';
import { DirectoryFiles } from '../../../spool/directory-files.js';
import type { SpoolBlock } from '../../../spool/spool-block.js';
import { SpoolReader } from '../../../spool/spool-reader.js';
import type { SenderCounts, SenderNews, SenderSettings } from '../sender-protocol.js';
import { type ClientError, type KafkaClient, loadKafkaClient } from './client.js';
import { connectionTrouble, requestTrouble } from './client-errors.js';
import { BATCH_BYTES, producerSettings } from './client-settings.js';
import { DeadLetters } from './dead-letters.js';
import { Flight } from './flight.js';
import { Handover, MAX_IN_FLIGHT_RECORDS, type Stop } from './handover.js';
import { type SentType, SentTypes } from './lane.js';
import { News, sums } from './news.js';
import { OffsetFile } from './offset-file.js';
import { PartitionFile } from './partition-file.js';
import { type Preparation, prepare } from './preparation.js';
import { Producer } from './producer.js';
import { type Fault, Reports } from './reports.js';
import { CHECK_MS, SchemaIds } from './schema-ids.js';
import { isOfDisk } from './sender-files.js';
import { Troubles } from './troubles.js';

/** How long another sender may keep the spool: one that is ending. */
const LOCK_MS = 10_000;
/** Waits between tries: the first, and the longest. */
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;
/** No report for so long, though there is something to report: nobody answers. */
const SILENCE_MS = 10_000;
/** How long reports are waited for when a producer is given up, ms. */
const SETTLE_MS = 3_000;
/** Once a second: silence, and what is known of offsets. */
const TICK_MS = 1_000;
/** Records of one batch. */
const BATCH_RECORDS = 10_000;

/** All that is over when a broker answers. */
const CONNECTION = ['CONNTRAIL_KAFKA_UNREACHABLE', 'CONNTRAIL_KAFKA_CREDENTIALS', 'CONNTRAIL_KAFKA_TLS'] as const;
/** All that is over when the topic it was about takes a record: one that may be looked at may still not be written to. */
const TOPIC = ['CONNTRAIL_KAFKA_RIGHTS', 'CONNTRAIL_KAFKA_TOPIC', 'CONNTRAIL_KAFKA_OFFSETS'] as const;
const REGISTRY = [
  'CONNTRAIL_REGISTRY_UNREACHABLE',
  'CONNTRAIL_REGISTRY_TLS',
  'CONNTRAIL_REGISTRY_CREDENTIALS',
  'CONNTRAIL_REGISTRY_INCOMPATIBLE',
  'CONNTRAIL_REGISTRY_SCHEMA',
  'CONNTRAIL_REGISTRY_NOT_FOUND',
  'CONNTRAIL_REGISTRY_FAILING',
  'CONNTRAIL_REGISTRY_ANSWER',
] as const;

/** Sends what is in a spool, until there is no more or it is told to end. It never gives up by itself. */
export class Sender {
  readonly #settings: SenderSettings;
  readonly #where: string;
  readonly #troubles: Troubles;
  readonly #news: News;
  readonly #flight = new Flight();
  readonly #types: SentTypes;
  #reader!: SpoolReader;
  #files!: DirectoryFiles;
  #offsets!: OffsetFile;
  #deadLetters!: DeadLetters;
  #needs!: Preparation;
  #reports!: Reports;
  #handover!: Handover;
  #kafka!: KafkaClient;
  #producer: Producer | null = null;
  /** Counts producers: reports of earlier ones are told apart. */
  #generation = 0;
  /** Most bytes of a batch: less once a broker refused one for its size. */
  #batchBytes = BATCH_BYTES;
  /** Below this seq each record is a batch by itself, since one of them was refused; 0: none. */
  #aloneBelow = 0;
  #failures = 0;
  /** What the last trouble of a topic was about, and how many records it had taken by then. */
  #troubled: { readonly topic: string; readonly acked: number } | null = null;
  #checking = false;
  #ending = false;
  /** Aborts everything: the time to end is over. */
  readonly #stop = new AbortController();
  #deadline: NodeJS.Timeout | null = null;
  #endsAt = Number.POSITIVE_INFINITY;
  #wake: () => void = () => {};

  constructor(settings: SenderSettings, tell: (news: SenderNews) => void) {
    this.#settings = settings;
    const { brokers, prefix, messageBytes } = settings.target;
    this.#where = brokers.join(',');
    this.#types = new SentTypes(prefix, messageBytes);
    this.#troubles = new Troubles(tell);
    this.#news = new News(tell, () => this.#counts());
  }

  /** Sends what is there for at most so long; then `run` returns. Told again, the earlier end counts. */
  end(withinMs: number): void {
    this.#ending = true;
    const at = performance.now() + withinMs;
    if (at < this.#endsAt) {
      this.#endsAt = at;
      if (this.#deadline !== null) clearTimeout(this.#deadline);
      this.#deadline = setTimeout(() => this.#stop.abort(), withinMs);
    }
    this.#wake();
  }

  /**
   * Returns when it was told to end, or everything that is there is settled and it does not follow.
   *
   * @throws ConntrailError of what cannot become better by itself: the client, the spool, a secret's file
   */
  async run(): Promise<void> {
    const { spool, target } = this.#settings;
    let tick: NodeJS.Timeout | undefined;
    let check: NodeJS.Timeout | undefined;
    try {
      this.#kafka = await loadKafkaClient();
      await producerSettings(target, { messages: 1, bytes: BATCH_BYTES });
      const ids = await SchemaIds.open(target.registry);
      this.#reader = await this.#openSpool();
      this.#files = await DirectoryFiles.open(spool, false);
      this.#offsets = await OffsetFile.open(this.#files);
      this.#deadLetters = new DeadLetters(this.#files);
      this.#needs = {
        kafka: this.#kafka,
        settings: this.#settings,
        partitions: await PartitionFile.open(this.#files),
        offsets: this.#offsets,
        ids,
        said: (text) => this.#said(text),
        signal: this.#stop.signal,
      };
      this.#reports = new Reports(this.#flight, this.#types, this.#reader, this.#offsets, () => this.#wake());
      this.#handover = new Handover(target, this.#flight, this.#types, this.#reports);
      this.#flight.end = this.#reader.checkpoint.lowest;
      this.#handover.suspectsEnd = this.#reader.checkpoint.lowest + MAX_IN_FLIGHT_RECORDS;
      tick = setInterval(() => this.#tick(), TICK_MS);
      check = setInterval(() => void this.#checkIds(), this.#settings.registryCheckMs ?? CHECK_MS);
      await this.#connect();
      await this.#work();
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      clearInterval(tick);
      clearInterval(check);
      await this.#close();
    }
  }

  async #openSpool(): Promise<SpoolReader> {
    const until = performance.now() + LOCK_MS;
    for (;;) {
      try {
        return await SpoolReader.open(this.#settings.spool);
      } catch (error) {
        const held = error instanceof ConntrailError && error.code === 'CONNTRAIL_OUTPUT_EXISTS';
        if (!held || performance.now() > until || this.#stop.signal.aborted) throw error;
        this.#news.state('waiting');
        await sleep(FIRST_WAIT_MS);
      }
    }
  }

  /** Makes a producer, however long that takes. */
  async #connect(): Promise<void> {
    const { target } = this.#settings;
    const alone = this.#aloneBelow > 0;
    const generation = ++this.#generation;
    this.#reports.alone = alone;
    await this.#untilDone(async () => {
      const settings = await producerSettings(target, {
        messages: alone ? 1 : BATCH_RECORDS,
        bytes: Math.max(this.#batchBytes, alone ? target.messageBytes : 0),
      });
      this.#producer = await Producer.open(this.#kafka, settings, {
        delivered: (code, report, text) => this.#reports.take(code, report, text, generation === this.#generation),
        said: (text) => this.#said(text),
      });
    }, this.#where);
    this.#reports.last = performance.now();
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#dead();
      if (this.#reports.fault !== null) {
        await this.#recover(this.#reports.fault);
        continue;
      }
      if (this.#aloneBelow > 0 && this.#flight.lowest >= this.#aloneBelow) {
        this.#aloneBelow = 0;
        this.#troubles.over('CONNTRAIL_KAFKA_REFUSED');
        await this.#renew();
        continue;
      }
      const stop = this.#handover.run(this.#producer!);
      if (await this.#after(stop)) return;
    }
  }

  /** Whether it is all done. */
  async #after(stop: Stop): Promise<boolean> {
    switch (stop.why) {
      case 'turn':
        await new Promise((resolve) => setImmediate(resolve));
        break;
      case 'full':
        await this.#report();
        break;
      case 'unready':
        await this.#prepare(stop.type);
        break;
      case 'poison':
        await this.#bury(stop.type, stop.seq, stop.reason);
        break;
      case 'done':
        return this.#more();
      default:
    }
    return false;
  }

  /** Takes the next block; true: there is none, and none to wait for. */
  async #more(): Promise<boolean> {
    const last = this.#ending || !this.#settings.follow;
    const block = await this.#next(last);
    if (block !== null) {
      this.#flight.add(block);
      this.#news.state('sending');
      return false;
    }
    if (!this.#handover.flush(this.#producer!)) await this.#report();
    if (!last) return false;
    if (this.#flight.open === 0 && this.#reports.refused.length === 0) return true;
    if (this.#reports.fault === null) await this.#report();
    return false;
  }

  /** null: there is none, or something else is to be done before. @param last whether it is not waited for */
  async #next(last: boolean): Promise<SpoolBlock | null> {
    // A reader looks once, whatever the signal says later.
    const wait = new AbortController();
    const next = this.#reader.next(wait.signal);
    const { lingerMs } = this.#settings.target;
    this.#wake = () => {
      const { fault, refused } = this.#reports;
      if (this.#ending || fault !== null || refused.length > 0 || this.#flight.open === 0) wait.abort();
    };
    const timer = setTimeout(
      () => {
        if (last || !this.#handover.flush(this.#producer!)) wait.abort();
        else if (this.#flight.open === 0) this.#news.state('idle');
      },
      Math.max(1, last ? 1 : lingerMs),
    );
    try {
      return await next;
    } finally {
      clearTimeout(timer);
      this.#wake = () => {};
    }
  }

  /** Waits for the next report, at most a second. */
  async #report(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      this.#wake = () => {
        clearTimeout(timer);
        // What else came is taken together.
        setImmediate(resolve);
      };
    });
    this.#wake = () => {};
  }

  async #prepare(type: SentType): Promise<void> {
    const { lane } = type;
    let change: string | null = null;
    const done = await this.#untilDone(
      async () => {
        change = await prepare(type, this.#producer!, this.#needs);
      },
      lane.topic,
      () => this.#reports.fault !== null,
    );
    if (!done) return;
    this.#troubles.over(...CONNECTION, ...REGISTRY, 'CONNTRAIL_IO');
    if (change === null) return;
    // It is there: whatever was told about it is no longer so.
    this.#troubles.over('CONNTRAIL_KAFKA_TOPIC');
    this.#noteTopic('CONNTRAIL_KAFKA_TOPIC', `the topic ${lane.topic} ${change}`, lane.topic);
  }

  #noteTopic(code: ErrorCode, sentence: string, topic: string): void {
    this.#troubles.note(code, sentence);
    if (TOPIC.some((each) => each === code)) this.#troubled = { topic, acked: this.#types.ackedIn(topic) };
  }

  /** What acknowledgements prove to be over. */
  #mended(): void {
    if (performance.now() - this.#reports.acknowledged < TICK_MS) {
      this.#failures = 0;
      this.#troubles.over(...CONNECTION);
    }
    if (this.#troubled === null || this.#types.ackedIn(this.#troubled.topic) === this.#troubled.acked) return;
    this.#troubled = null;
    this.#troubles.over(...TOPIC);
  }

  /** Tries until it works, with growing waits, or something else must be done first: false then. */
  async #untilDone(attempt: () => Promise<void>, topic: string, leave = () => false): Promise<boolean> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, MAX_WAIT_MS)) {
      this.#stop.signal.throwIfAborted();
      if (leave()) return false;
      try {
        await this.#unlessStopped(attempt());
        return true;
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        this.#note(error, topic);
      }
      this.#news.state('connecting');
      await sleep(wait, undefined, { signal: this.#stop.signal });
    }
  }

  /** What is under way when the time is over is not waited for: the client has no way to call it off, and the process ends. */
  async #unlessStopped(attempt: Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    let stopped = (): void => {};
    const stop = new Promise<never>((_, reject) => {
      stopped = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stopped, { once: true });
    });
    try {
      await Promise.race([attempt, stop]);
    } finally {
      signal.removeEventListener('abort', stopped);
    }
  }

  #note(error: unknown, topic: string): void {
    if (error instanceof ConntrailError) {
      this.#troubles.note(error.code, error.message);
      return;
    }
    if (isOfDisk(error)) {
      const sentence = `cannot write beside the spool's segments (${codeOf(error)}); give ${this.#settings.spool} room`;
      this.#troubles.note('CONNTRAIL_IO', sentence);
      return;
    }
    const { code, message } = error as ClientError;
    // Not an error of the client's: a defect, and seen as one.
    if (typeof code !== 'number') throw error;
    const { code: kind, sentence } = requestTrouble(code, message, topic, this.#where);
    this.#noteTopic(kind, sentence, topic);
  }

  /** What librdkafka says about its connections. */
  #said(text: string): void {
    const trouble = connectionTrouble(text, this.#where);
    if (trouble !== null) this.#troubles.note(trouble.code, trouble.sentence);
  }

  async #recover(fault: Fault): Promise<void> {
    this.#news.state('connecting');
    if (fault.kind === 'refused') {
      this.#aloneBelow = this.#flight.next;
      this.#batchBytes = Math.max(1 << 14, this.#batchBytes >> 1);
      const sentence = `Kafka at ${this.#where} refuses a batch of ${fault.topic} (${fault.text}); its records are sent one by one, and those that it does not take become dead letters`;
      this.#troubles.note('CONNTRAIL_KAFKA_REFUSED', sentence);
    } else if (fault.kind === 'offsets') {
      const { topic, offset, before } = fault;
      const sentence = `Kafka at ${this.#where} acknowledged a record of ${topic} at offset ${offset}, behind one at ${before}; what is open is sent again`;
      this.#noteTopic('CONNTRAIL_KAFKA_OFFSETS', sentence, topic);
    } else {
      const { code, sentence } = requestTrouble(fault.code, fault.text, fault.topic, this.#where, true);
      this.#noteTopic(code, sentence, fault.topic);
      const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(10, this.#failures++));
      await sleep(wait, undefined, { signal: this.#stop.signal });
    }
    await this.#renew();
  }

  /** A new producer; what is open goes out again, unless it is found in the topic. */
  async #renew(): Promise<void> {
    const until = performance.now() + SETTLE_MS;
    while (this.#reports.messages > 0 && performance.now() < until) await this.#report();
    await this.#dead();
    this.#reports.flush();
    const producer = this.#producer!;
    this.#generation++;
    await producer.close();
    this.#handover.clear();
    this.#reports.forget();
    this.#handover.suspectsEnd = Math.max(this.#handover.suspectsEnd, this.#flight.next);
    for (const lane of this.#types.lanes()) lane.reset();
    this.#flight.rewind();
    await this.#connect();
  }

  /** Records that were refused by themselves. */
  async #dead(): Promise<void> {
    const { refused } = this.#reports;
    if (refused.length === 0) return;
    this.#reports.refused = [];
    for (const seq of refused) {
      const found = this.#flight.find(seq);
      if (found === null) continue;
      await this.#bury(this.#types.of(found.block.type(seq - found.block.first)), seq, 'the broker refuses it');
    }
  }

  async #bury(type: SentType, seq: number, why: string): Promise<void> {
    const found = this.#flight.find(seq);
    if (found === null) return;
    const { lane, keys, id } = type;
    const avro = found.block.bytes(seq - found.block.first);
    const key = keys?.read(avro) === true ? keys.key().toString() : null;
    const reason = `${why[0]!.toUpperCase()}${why.slice(1)}.`;
    await this.#untilDone(async () => {
      const letter = { reason, topic: lane.topic, key, schemaId: id || null, record: type.type.name, avro };
      await this.#deadLetters.append(letter).catch((cause: Error) => {
        throw new ConntrailError('CONNTRAIL_IO', `cannot keep a dead letter (${cause.message}); give the spool room`);
      });
    }, lane.topic);
    this.#troubles.over('CONNTRAIL_IO');
    this.#reports.deadLettered(seq);
    const sentence = `a record of ${lane.topic} is a dead letter: ${why}; it is in dead-letters.ndjson of the spool`;
    this.#troubles.note('CONNTRAIL_KAFKA_REFUSED', sentence);
  }

  #tick(): void {
    const reports = this.#reports;
    if (reports.messages > 0 && performance.now() - reports.last > SILENCE_MS) {
      const sentence = `Kafka at ${this.#where} does not answer; what is recorded meanwhile waits in the spool`;
      this.#troubles.note('CONNTRAIL_KAFKA_UNREACHABLE', sentence);
    }
    this.#mended();
    this.#offsets.write(this.#reader.checkpoint.lowest).catch(() => {});
  }

  /** A registry that lost what it had is given it again. */
  async #checkIds(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    for (const type of this.#types.all()) {
      const { id, lane } = type;
      if (id === 0) continue;
      try {
        if (await this.#needs.ids.holds(id, type.type.schema, this.#stop.signal)) {
          this.#troubles.over(...REGISTRY);
          continue;
        }
        const again = await this.#needs.ids.register(`${lane.topic}-value`, type.type.schema, this.#stop.signal);
        type.id = again;
        const sentence = `the schema registry lost schema ${id} of ${lane.topic}; it is registered again, as ${again}`;
        this.#troubles.note('CONNTRAIL_REGISTRY_NOT_FOUND', sentence);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#note(error, lane.topic);
      }
    }
    this.#checking = false;
  }

  #counts(): SenderCounts | null {
    if (this.#handover === undefined) return null;
    const types = [...this.#types.all()];
    return {
      kind: 'counts',
      acked: sums(types.map(({ type, acked }) => [type.name, acked])),
      deadLettered: sums(types.map(({ type, deadLettered }) => [type.name, deadLettered])),
      resent: this.#handover.resent,
      unknown: this.#reports.records,
      bytes: this.#reports.ackedBytes,
      lowest: this.#reader.checkpoint.lowest,
      next: this.#flight.next,
    };
  }

  async #close(): Promise<void> {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#reports?.flush();
    if (this.#reports !== undefined) this.#mended();
    const closing = this.#producer?.close();
    await this.#reader?.close().catch(() => {});
    if (this.#reader !== undefined) await this.#offsets?.write(this.#reader.checkpoint.lowest).catch(() => {});
    await closing;
    await this.#deadLetters?.close().catch(() => {});
    await this.#files?.close();
    this.#news.end();
  }
}
