import { ConntrailError } from '../../errors.js';

const SCHEME = 'kafka://';
const PORT = 9092;
/** So long that topics, PREFIX.TYPE, keep within Kafka's 249 characters. */
const PREFIX = /^[A-Za-z0-9._-]{1,200}$/;
/** A name, an IPv4 address, or an IPv6 address in brackets, and perhaps a port. */
const BROKER = /^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?$/;

/** Where a Kafka is, and under which names. */
export interface KafkaPlace {
  /** `host:port`; any of them leads to all others. */
  readonly brokers: readonly string[];
  /** Topics are `PREFIX.TYPE`. */
  readonly prefix: string;
}

/** Whether `--to` means a Kafka by it. */
export function isKafkaUrl(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * `kafka://HOST[:PORT][,HOST[:PORT]…]/PREFIX`
 *
 * @throws ConntrailError CONNTRAIL_OPTION; what it says never holds what stands before an @
 */
export function parseKafkaUrl(text: string): KafkaPlace {
  const rest = isKafkaUrl(text) ? text.slice(SCHEME.length) : '';
  if (rest.includes('@'))
    throw option('A kafka:// URL holds no user or password: name files in --kafka-config ("sasl"), and take them out.');
  const slash = rest.indexOf('/');
  const [hosts, prefix] = slash < 0 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash + 1)];
  if (!PREFIX.test(prefix))
    throw option(
      `${JSON.stringify(text)} has no topic prefix of 1 to 200 letters, digits, ".", "_" and "-": give kafka://HOST:PORT/PREFIX.`,
    );
  return { brokers: hosts.split(',').map((broker) => checkedBroker(broker, text)), prefix };
}

/** As it was given, with every port: for sentences. */
export function kafkaUrl({ brokers, prefix }: KafkaPlace): string {
  return `${SCHEME}${brokers.join(',')}/${prefix}`;
}

function checkedBroker(broker: string, text: string): string {
  const [, host, digits] = BROKER.exec(broker) ?? [];
  const port = digits === undefined ? PORT : Number(digits);
  if (host !== undefined && port >= 1 && port <= 65535) return `${host}:${port}`;
  throw option(`${JSON.stringify(broker)} in ${JSON.stringify(text)} is no broker: give HOST or HOST:PORT.`);
}

const option = (sentence: string) => new ConntrailError('CONNTRAIL_OPTION', sentence);
