import { z } from 'zod';
import { ConntrailError } from '../../errors.js';
import { faultsOf, faultWords } from '../../option-faults.js';
import { whole } from '../../pipeline/option-types.js';
import type { RegistryOptions } from '../../registry/registry-options.js';
import { parseKafkaUrl } from './kafka-place.js';

/** TLS to the brokers. Files are in PEM form. */
export interface KafkaTls {
  /** CA certificates in place of those of the system. */
  readonly caFile?: string;
  /** For mutual TLS: this client's certificate, and its key. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  readonly keyPasswordFile?: string;
}

/** Who this is to the brokers. Secrets are files: mode 0600, this user's or root's. */
export type KafkaSasl =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly user: string;
      readonly passwordFile: string;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      /** Where a token is had for the client's id and secret (OAuth 2, client credentials). */
      readonly tokenEndpoint: string;
      readonly clientId: string;
      readonly clientSecretFile: string;
      readonly scope?: string;
      readonly caFile?: string;
    };

/** A Kafka with all that is to be known to write to it. */
export interface KafkaTarget {
  /** `host:port`. */
  readonly brokers: readonly string[];
  /** Topics are `PREFIX.TYPE`: `conntrail.connection`, `conntrail.ledger`. */
  readonly prefix: string;
  /** Where the schemas of the records are registered. */
  readonly registry: RegistryOptions;
  /** `message`: a record in each message, as Confluent frames them; `block`: an Avro block of many records in each (docs/kafka.md). */
  readonly framing: 'message' | 'block';
  readonly compression: 'zstd' | 'lz4' | 'gzip' | 'snappy' | 'none';
  /** Topics that are not there: whether they are made, and how. replication -1: as the brokers have it. retentionMs -1: for ever. */
  readonly topics: {
    readonly create: boolean;
    readonly partitions: number;
    readonly replication: number;
    readonly retentionMs: number;
  };
  /** null: none. */
  readonly tls: KafkaTls | null;
  readonly sasl: KafkaSasl | null;
  /** Whether credentials may be sent without TLS: everybody on the way can read them. */
  readonly plaintextCredentials: boolean;
  /** How long a message waits for others to go with, ms. */
  readonly lingerMs: number;
  /** Most bytes of a message, as the topics take them. */
  readonly messageBytes: number;
  /** Settings of librdkafka, of those that change neither what is delivered nor to whom. */
  readonly extra: Readonly<Record<string, string | number | boolean>>;
}

const text = z.string().min(1, 'must not be empty');
/** A path, or a name: nothing that could end a line of a configuration. */
const word = text.regex(/^[^\p{Cc}]*$/u, 'must be one line');
const ms = (most: number) => whole(0, most, 'ms');
const WEEK_MS = 7 * 86_400_000;

const registry = z.strictObject({
  url: word,
  basicAuthFile: z.exactOptional(word),
  bearerFile: z.exactOptional(word),
  caFile: z.exactOptional(word),
  plaintextCredentials: z.exactOptional(z.boolean()),
  timeoutMs: z.exactOptional(whole(1, 600_000, 'ms')),
  attempts: z.exactOptional(whole(1, 20, 'tries')),
});

const tls = z.strictObject({
  caFile: z.exactOptional(word),
  certificateFile: z.exactOptional(word),
  keyFile: z.exactOptional(word),
  keyPasswordFile: z.exactOptional(word),
});

const sasl = z.discriminatedUnion(
  'mechanism',
  [
    z.strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']),
      user: word,
      passwordFile: word,
    }),
    z.strictObject({
      mechanism: z.literal('OAUTHBEARER'),
      tokenEndpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
      clientId: word,
      clientSecretFile: word,
      scope: z.exactOptional(word),
      caFile: z.exactOptional(word),
    }),
  ],
  'must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER',
);

const extra = z.strictObject({
  'client.id': z.exactOptional(word),
  'client.rack': z.exactOptional(word),
  'broker.address.family': z.exactOptional(z.enum(['any', 'v4', 'v6'])),
  'broker.address.ttl': z.exactOptional(ms(86_400_000)),
  'socket.keepalive.enable': z.exactOptional(z.boolean()),
  'socket.nagle.disable': z.exactOptional(z.boolean()),
  'socket.timeout.ms': z.exactOptional(whole(10, 300_000, 'ms')),
  'socket.connection.setup.timeout.ms': z.exactOptional(whole(1_000, 300_000, 'ms')),
  'socket.send.buffer.bytes': z.exactOptional(whole(0, 100_000_000, 'bytes')),
  'socket.receive.buffer.bytes': z.exactOptional(whole(0, 100_000_000, 'bytes')),
  'connections.max.idle.ms': z.exactOptional(ms(2_147_483_647)),
  'reconnect.backoff.ms': z.exactOptional(ms(3_600_000)),
  'reconnect.backoff.max.ms': z.exactOptional(ms(3_600_000)),
  'retry.backoff.ms': z.exactOptional(whole(1, 300_000, 'ms')),
  'retry.backoff.max.ms': z.exactOptional(whole(1, 300_000, 'ms')),
  'request.timeout.ms': z.exactOptional(whole(1, 900_000, 'ms')),
  'topic.metadata.refresh.interval.ms': z.exactOptional(whole(1_000, 3_600_000, 'ms')),
  'metadata.max.age.ms': z.exactOptional(whole(1_000, 86_400_000, 'ms')),
  'batch.size': z.exactOptional(whole(1, 100_000_000, 'bytes')),
  'batch.num.messages': z.exactOptional(whole(1, 1_000_000, 'messages')),
  'compression.level': z.exactOptional(whole(-1, 12, 'levels')),
});

const schema = z
  .strictObject({
    registry,
    framing: z.enum(['message', 'block']).default('message'),
    compression: z.enum(['zstd', 'lz4', 'gzip', 'snappy', 'none']).default('zstd'),
    topics: z
      .strictObject({
        create: z.boolean().default(true),
        partitions: whole(1, 10_000, 'partitions').default(6),
        replication: z
          .literal(-1)
          .or(whole(1, 100, 'copies'))
          .default(-1),
        retentionMs: whole(-1, Number.MAX_SAFE_INTEGER, 'ms').default(WEEK_MS),
      })
      .prefault({}),
    tls: tls.nullable().default(null),
    sasl: sasl.nullable().default(null),
    plaintextCredentials: z.boolean().default(false),
    lingerMs: ms(60_000).default(50),
    messageBytes: whole(1_000, 1_000_000_000, 'bytes').default(1_000_000),
    extra: extra.default({}),
  })
  .superRefine((options, { addIssue }) => {
    const fault = (path: string[], message: string) => addIssue({ code: 'custom', path, message });
    if (options.sasl !== null && options.tls === null && !options.plaintextCredentials)
      fault(['sasl'], 'credentials would be sent without TLS; set tls, or plaintextCredentials');
    const { certificateFile, keyFile, keyPasswordFile } = options.tls ?? {};
    if ((certificateFile === undefined) !== (keyFile === undefined))
      fault(['tls'], 'certificateFile and keyFile go together');
    if (keyPasswordFile !== undefined && keyFile === undefined) fault(['tls'], 'keyPasswordFile is of a keyFile');
  });

/**
 * What stands in the file of `--kafka-config`, and in the options of `openKafkaOutput`. Only `registry` is needed.
 *
 * - `registry`: where schemas are registered: `url` of its Confluent API; `basicAuthFile` (`user:password`) or `bearerFile`; `caFile`.
 * - `framing`: `message` (default) or `block`.
 * - `compression`: zstd (default), lz4, gzip, snappy, none.
 * - `topics`: `create` (true), `partitions` (6), `replication` (-1: as the brokers have it), `retentionMs` (7 days; -1: for ever) of topics that are made.
 * - `tls`: `{}` for the CAs of the system, or `caFile`, and `certificateFile`, `keyFile`, `keyPasswordFile` for mutual TLS. Absent: no TLS.
 * - `sasl`: `mechanism` PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 with `user` and `passwordFile`, or OAUTHBEARER with `tokenEndpoint`, `clientId`,
 *   `clientSecretFile`, and perhaps `scope` and `caFile`.
 * - `plaintextCredentials`: send credentials without TLS, too.
 * - `lingerMs` (50), `messageBytes` (1,000,000), `extra`: settings of librdkafka, of a list that changes neither what is delivered nor to whom.
 */
export type KafkaConfig = z.input<typeof schema>;

/**
 * A target out of a URL and a configuration, checked, with all defaults. Files it names are not looked at.
 *
 * @param url `kafka://HOST[:PORT][,HOST[:PORT]]/PREFIX`
 * @param source what the configuration is, for the sentence: its file
 * @throws ConntrailError CONNTRAIL_OPTION, naming everything that cannot be
 */
export function kafkaTarget(url: string, config: unknown, source: string): KafkaTarget {
  const place = parseKafkaUrl(url);
  const result = schema.safeParse(config, { error: faultWords });
  if (result.success) return { ...place, ...result.data };
  const needed = (config as { registry?: unknown } | null)?.registry === undefined;
  const hint = needed ? ' A schema registry is needed: "registry": {"url": "http://HOST:PORT/apis/ccompat/v7"}.' : '';
  throw new ConntrailError('CONNTRAIL_OPTION', `Correct ${source}: ${faultsOf(result.error)}.${hint}`, {
    cause: result.error,
  });
}
