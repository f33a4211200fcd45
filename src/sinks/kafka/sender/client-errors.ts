import type { ErrorCode } from '../../../errors.js';

/** Numbers of librdkafka and of Kafka's protocol. */
export const KAFKA = {
  queueFull: -184,
  fatal: -150,
  unknownTopicHere: -188,
  unknownPartitionHere: -190,
  messageTooLarge: 10,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  topicAuthorization: 29,
  clusterAuthorization: 31,
  topicExists: 36,
  invalidRecord: 87,
} as const;

/** What went wrong, without the sentence around it. */
export interface Trouble {
  readonly code: ErrorCode;
  readonly sentence: string;
}

/** The broker will not take this record, however often it is offered. */
export function isRefusal(code: number): boolean {
  return code === KAFKA.messageTooLarge || code === KAFKA.invalidRecord;
}

const RIGHTS: readonly number[] = [KAFKA.topicAuthorization, KAFKA.clusterAuthorization];
const TOPIC: readonly number[] = [KAFKA.unknownTopic, KAFKA.unknownTopicHere, KAFKA.unknownPartitionHere];

const CREDENTIALS = /authentication (?:error|fail)|SASL .*(?:fail|error|invalid|unsupported)|OAUTHBEARER|token/i;
const TLS = /ssl|tls|certificate|disconnected while requesting ApiVersion: might be caused by incorrect security/i;
/** A connection that ended while it was being authenticated says nothing about who we are. */
const ENDED = /handshake failed: Local: Broker transport failure/i;
const DOWN =
  /all broker connections are down|transport failure|resolution failure|connect to|timed? ?out|Connection (?:refused|reset)/i;

/**
 * What a connection fails by, from what librdkafka logs or reports about it; null: nothing that needs telling.
 *
 * @param where brokers, as they were named
 */
export function connectionTrouble(text: string, where: string): Trouble | null {
  const why = detail(text);
  if (CREDENTIALS.test(why) && !ENDED.test(why))
    return {
      code: 'CONNTRAIL_KAFKA_CREDENTIALS',
      sentence: `Kafka at ${where} does not take our credentials (${why}); check user, mechanism and the secret's file`,
    };
  if (TLS.test(why))
    return {
      code: 'CONNTRAIL_KAFKA_TLS',
      sentence: `no trusted TLS connection to Kafka at ${where} (${why}); check tls.caFile, the certificate's names and the port`,
    };
  if (DOWN.test(why))
    return {
      code: 'CONNTRAIL_KAFKA_UNREACHABLE',
      sentence: `Kafka at ${where} cannot be reached (${why}); what is recorded meanwhile waits in the spool`,
    };
  return null;
}

/** What a request was refused by. @param writes whether it carried records */
export function requestTrouble(code: number, text: string, topic: string, where: string, writes = false): Trouble {
  const why = detail(text);
  if (RIGHTS.includes(code))
    return {
      code: 'CONNTRAIL_KAFKA_RIGHTS',
      sentence: `Kafka at ${where} does not let us use the topic ${topic} (${why}); grant Create, Describe, Write and Read on it`,
    };
  if (TOPIC.includes(code))
    return {
      code: 'CONNTRAIL_KAFKA_TOPIC',
      sentence: `the topic ${topic} is not there at ${where}; make it, or allow conntrail to (topics.create)`,
    };
  return (
    connectionTrouble(text, where) ?? {
      code: 'CONNTRAIL_KAFKA_TOPIC',
      sentence: writes
        ? `Kafka at ${where} does not take records of the topic ${topic} (${why}); they are sent again`
        : `Kafka at ${where} refuses the topic ${topic} (${why}); check the options of topics`,
    }
  );
}

/** The longest that is quoted. */
const MAX_DETAIL = 200;

/** One line, without the thread and the state that librdkafka puts around it. */
function detail(text: string): string {
  const line = text
    .replace(/^\[thrd:[^\]]*\]:\s*/, '')
    // Addresses: some begin with `sasl_ssl`.
    .replace(/\b\w+:\/\/\S+\s?/g, '')
    .replace(/\(after \d+ms in state [^)]*\)/g, '')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL)}…` : line;
}
