import { ConntrailError } from '../errors.js';
import { isKafkaUrl, parseKafkaUrl } from '../sinks/kafka/kafka-place.js';

/** Where `--to` leads: each at most once. */
export interface Destinations {
  directory?: string;
  /** A kafka:// URL. */
  kafka?: string;
}

/**
 * Sorts what `--to` was given.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function destinationsOf(to: readonly string[] = []): Destinations {
  const found: Destinations = {};
  for (const text of to) {
    const kind = kindOf(text);
    if (found[kind] !== undefined) {
      const what = kind === 'kafka' ? 'Kafka' : 'directory';
      throw option(
        `--to names a second ${what}: give one, and perhaps one ${kind === 'kafka' ? 'directory' : 'Kafka'} beside it.`,
      );
    }
    found[kind] = text;
  }
  return found;
}

function kindOf(text: string): keyof Destinations {
  if (isKafkaUrl(text)) {
    parseKafkaUrl(text);
    return 'kafka';
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw option(`--to ${text.split('://')[0]}:// is not known: give a directory, or kafka://HOST:PORT/PREFIX.`);
  return 'directory';
}

const option = (sentence: string) => new ConntrailError('CONNTRAIL_OPTION', sentence);
