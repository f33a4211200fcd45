import type {
  ClientAdmin,
  ClientError,
  ClientProducer,
  ClientSettings,
  DeliveryReport,
  KafkaClient,
} from './client.js';
import { called } from './client.js';
import { KAFKA } from './client-errors.js';

/** Most time for the first answer of a broker, ms. The process cannot end before, as the client asks on a thread that is joined. */
const CONNECT_MS = 3_000;
/** Most time to let go of a producer; what it still has is lost, and known to be open. */
const CLOSE_MS = 2_000;

export interface ProducerEvents {
  /** Once for each message that was taken: 0, or what it was refused by. */
  delivered(code: number, report: DeliveryReport, text: string): void;
  /** What librdkafka says about its connections. */
  said(text: string): void;
}

/** One producer of librdkafka: from its first connection to its end. */
export class Producer {
  readonly #client: ClientProducer;
  readonly admin: ClientAdmin;

  private constructor(client: ClientProducer, admin: ClientAdmin) {
    this.#client = client;
    this.admin = admin;
  }

  /** Connects. @throws ClientError */
  static async open(kafka: KafkaClient, settings: ClientSettings, events: ProducerEvents): Promise<Producer> {
    const client = new kafka.Producer(settings);
    client.on('event.error', ({ message }) => events.said(message));
    client.on('event.log', ({ message }) => events.said(message));
    client.on('delivery-report', (error, report) => events.delivered(error?.code ?? 0, report, error?.message ?? ''));
    await called((done) => client.connect({ timeout: CONNECT_MS }, done));
    // Reports come as they are made, not when somebody asks.
    client.setPollInBackground(true);
    return new Producer(client, kafka.AdminClient.createFrom(client));
  }

  /** 0: taken; KAFKA.queueFull: not now; else what it was refused by. Value and key are copied. */
  produce(topic: string, partition: number, value: Buffer, key: Buffer, opaque: unknown): number {
    try {
      this.#client.produce(topic, partition, value, key, null, opaque);
      return 0;
    } catch (error) {
      return (error as ClientError).code ?? KAFKA.fatal;
    }
  }

  /** First and next offset of a partition. @throws ClientError */
  watermarks(topic: string, partition: number): Promise<{ lowOffset: number; highOffset: number }> {
    return called((done) => this.#client.queryWatermarkOffsets(topic, partition, CONNECT_MS, done));
  }

  /** Returns when it is gone, or after CLOSE_MS. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.#client.disconnect(1, resolve)),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS);
      }),
    ]);
    clearTimeout(timer);
  }
}
