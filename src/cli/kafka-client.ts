import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = '@confluentinc/kafka-javascript';
/** There in a checkout, not in an installed package. */
const SETUP = fileURLToPath(new URL('../../scripts/setup', import.meta.url));

/** The version of the client that an output to Kafka takes; null: it is not there, or was not built. It is not loaded. */
export function kafkaClient(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${NAME}/package.json`);
    if (!existsSync(join(dirname(manifest), 'build/Release/confluent-kafka-javascript.node'))) return null;
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}

/** How one gets it. */
export function howToGetKafkaClient(): string {
  return existsSync(SETUP) ? 'scripts/setup --kafka builds it' : `npm install ${NAME}`;
}
