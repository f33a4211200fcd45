/**
 * The parts of `@confluentinc/kafka-javascript` (librdkafka) that are used. It is an optional peer, so its own types cannot be relied on.
 * @module
 */
import { ConntrailError, codeOf } from '../../../errors.js';

/** An error of librdkafka: its number, and a text of it. */
export interface ClientError {
  readonly code: number;
  readonly message: string;
}
type Callback<T = void> = (error: ClientError | null | undefined, value: T) => void;

export interface DeliveryReport {
  readonly topic: string;
  readonly offset: number;
  readonly opaque: unknown;
  /** Bytes of the value. */
  readonly size: number;
}

interface ClientEvents {
  on(event: 'event.error', listener: (error: ClientError) => void): unknown;
  on(event: 'event.log', listener: (line: { severity: number; fac: string; message: string }) => void): unknown;
}

interface Handle extends ClientEvents {
  connect(options: { timeout: number }, done: Callback<unknown>): unknown;
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeout: number,
    done: Callback<{ lowOffset: number; highOffset: number }>,
  ): unknown;
}

export interface ClientProducer extends Handle {
  on(event: 'event.error', listener: (error: ClientError) => void): unknown;
  on(event: 'event.log', listener: (line: { severity: number; fac: string; message: string }) => void): unknown;
  on(event: 'delivery-report', listener: (error: ClientError | null, report: DeliveryReport) => void): unknown;
  produce(topic: string, partition: number, value: Buffer, key: Buffer, timestamp: null, opaque: unknown): unknown;
  setPollInBackground(set: boolean): void;
  disconnect(timeout: number, done: () => void): unknown;
}

export interface ClientConsumer extends Handle {
  on(event: 'event.error', listener: (error: ClientError) => void): unknown;
  on(event: 'event.log', listener: (line: { severity: number; fac: string; message: string }) => void): unknown;
  on(event: 'partition.eof', listener: () => void): unknown;
  assign(assignments: { topic: string; partition: number; offset: number }[]): unknown;
  consume(count: number, done: Callback<ConsumedMessage[]>): unknown;
  setDefaultConsumeTimeout(ms: number): void;
  disconnect(done: () => void): unknown;
}

export interface ConsumedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly offset: number;
}

export interface ClientAdmin {
  createTopic(
    topic: { topic: string; num_partitions: number; replication_factor: number; config: Record<string, string> },
    timeout: number,
    done: Callback,
  ): void;
  describeTopics(
    topics: string[],
    options: { timeout: number },
    done: Callback<{ name: string; error?: ClientError; partitions: { partition: number }[] }[]>,
  ): void;
}

/** Settings as librdkafka names them. */
export type ClientSettings = Record<string, string | number | boolean>;

export interface KafkaClient {
  readonly librdkafkaVersion: string;
  readonly Producer: new (settings: ClientSettings) => ClientProducer;
  readonly KafkaConsumer: new (settings: ClientSettings, topicSettings: ClientSettings) => ClientConsumer;
  readonly AdminClient: { createFrom(producer: ClientProducer): ClientAdmin };
}

const PACKAGE = '@confluentinc/kafka-javascript';

/** @throws ConntrailError CONNTRAIL_KAFKA_CLIENT when it is not there, or was built for another Node */
export async function loadKafkaClient(): Promise<KafkaClient> {
  try {
    const module = (await import(PACKAGE)) as { default: KafkaClient };
    return module.default;
  } catch (cause) {
    const why = codeOf(cause).split('\n')[0]!;
    throw new ConntrailError(
      'CONNTRAIL_KAFKA_CLIENT',
      `the Kafka client ${PACKAGE} does not load (${why}); run scripts/setup --kafka, or install it beside conntrail`,
      { cause },
    );
  }
}

/** A call with a callback as a promise. */
export function called<T>(call: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}
