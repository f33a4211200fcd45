import { readSecret } from '../../../files/secret-file.js';
import type { KafkaSasl, KafkaTarget, KafkaTls } from '../kafka-target.js';
import type { ClientSettings } from './client.js';

/** Bytes of a batch, unless messages are larger. */
export const BATCH_BYTES = 1_000_000;
/** More than ever are handed over: the bounds are the sender's own. */
const QUEUE_MESSAGES = 200_000;
const QUEUE_KBYTES = 131_072;

/** What producer and consumer have in common. Reads the secrets, so that one that was changed is taken up by the next client. */
async function common(target: KafkaTarget): Promise<ClientSettings> {
  const { brokers, tls, sasl, extra } = target;
  return {
    'client.id': 'conntrail',
    'reconnect.backoff.ms': 100,
    'reconnect.backoff.max.ms': 5_000,
    'socket.keepalive.enable': true,
    'socket.timeout.ms': 30_000,
    'broker.address.ttl': 5_000,
    // Errors and warnings: they say why there is no connection.
    log_level: 4,
    ...extra,
    'bootstrap.servers': brokers.join(','),
    'security.protocol': `${sasl === null ? '' : 'SASL_'}${tls === null ? 'PLAINTEXT' : 'SSL'}`,
    ...(tls === null ? {} : await tlsSettings(tls)),
    ...(sasl === null ? {} : await saslSettings(sasl)),
  };
}

/** How many messages and bytes one request may carry. */
export interface Batches {
  readonly messages: number;
  readonly bytes: number;
}

/** @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OPTION of a secret's file */
export async function producerSettings(target: KafkaTarget, batches: Batches): Promise<ClientSettings> {
  const { compression, lingerMs, messageBytes } = target;
  return {
    ...(await common(target)),
    'enable.idempotence': true,
    acks: -1,
    'max.in.flight.requests.per.connection': 5,
    // It never gives up by itself: a time-out would be an outcome that nobody knows.
    'message.timeout.ms': 0,
    'message.max.bytes': Math.max(messageBytes, 1_000_000),
    'linger.ms': lingerMs,
    'batch.num.messages': batches.messages,
    'batch.size': batches.bytes,
    'queue.buffering.max.messages': QUEUE_MESSAGES,
    'queue.buffering.max.kbytes': QUEUE_KBYTES,
    'compression.codec': compression,
    dr_cb: true,
  };
}

/** @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OPTION of a secret's file */
export async function consumerSettings(target: KafkaTarget): Promise<ClientSettings> {
  return {
    ...(await common(target)),
    // Partitions are assigned by hand: no group is joined, and nothing is committed.
    'group.id': 'conntrail-tail',
    'enable.auto.commit': false,
    'enable.partition.eof': true,
    'isolation.level': 'read_uncommitted',
    'fetch.wait.max.ms': 100,
  };
}

async function tlsSettings(tls: KafkaTls): Promise<ClientSettings> {
  const { caFile, certificateFile, keyFile, keyPasswordFile } = tls;
  return {
    'enable.ssl.certificate.verification': true,
    'ssl.endpoint.identification.algorithm': 'https',
    ...(caFile === undefined ? {} : { 'ssl.ca.location': caFile }),
    ...(certificateFile === undefined ? {} : { 'ssl.certificate.location': certificateFile }),
    ...(keyFile === undefined ? {} : { 'ssl.key.location': keyFile }),
    ...(keyPasswordFile === undefined ? {} : { 'ssl.key.password': await readSecret(keyPasswordFile) }),
  };
}

async function saslSettings(sasl: KafkaSasl): Promise<ClientSettings> {
  if (sasl.mechanism !== 'OAUTHBEARER') {
    return {
      'sasl.mechanism': sasl.mechanism,
      'sasl.username': sasl.user,
      'sasl.password': await readSecret(sasl.passwordFile),
    };
  }
  return {
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.oauthbearer.method': 'oidc',
    'sasl.oauthbearer.token.endpoint.url': sasl.tokenEndpoint,
    'sasl.oauthbearer.client.id': sasl.clientId,
    'sasl.oauthbearer.client.secret': await readSecret(sasl.clientSecretFile),
    ...(sasl.scope === undefined ? {} : { 'sasl.oauthbearer.scope': sasl.scope }),
    ...(sasl.caFile === undefined ? {} : { 'https.ca.location': sasl.caFile }),
  };
}
