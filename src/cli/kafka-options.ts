import { type Command, Option } from 'commander';
import { ConntrailError } from '../errors.js';
import type { Output } from '../sinks/output.js';
import { SPOOL_POLICIES, type SpoolPolicy } from '../spool/spool-options.js';
import { say } from './say.js';
import { parseDuration, parseSize } from './units.js';

/** The options of an output to Kafka, as commander parses them. */
export interface KafkaCommandOptions {
  kafkaConfig?: string;
  spool?: string;
  /** Bytes. */
  spoolSize?: number;
  /** ms. */
  spoolAge?: number;
  spoolPolicy?: SpoolPolicy;
}

export function kafkaConfigOption(): Option {
  return new Option('--kafka-config <file>', 'its schema registry, TLS, credentials: docs/kafka.md');
}

export function addKafkaOptions(command: Command): Command {
  return command
    .optionsGroup('Kafka (--to kafka://HOST:PORT,HOST:PORT/PREFIX):')
    .addOption(kafkaConfigOption())
    .option('--spool <dir>', 'keep on disk what is not acknowledged; else 64MiB in memory')
    .addOption(new Option('--spool-size <size>', 'most bytes of it').argParser(parseSize).default(1 << 30, '1GiB'))
    .addOption(
      new Option('--spool-age <time>', 'after which records expire')
        .argParser(parseDuration)
        .default(7 * 86_400_000, '7d'),
    )
    .addOption(
      new Option('--spool-policy <what>', 'what gives way when it is full; else oldest').choices([...SPOOL_POLICIES]),
    );
}

/** Which records an output to Kafka is for, and how it ends. */
export interface KafkaRun {
  host: string;
  accounts: boolean;
  /** Whether the end waits until everything has arrived, and what comes waits for room: a replay's does. */
  patient: boolean;
}

/**
 * Opens what `--to kafka://…` asks for.
 * @throws ConntrailError CONNTRAIL_OPTION, CONNTRAIL_IO, and of the output
 */
export async function openKafka(url: string, options: KafkaCommandOptions, run: KafkaRun): Promise<Output> {
  const { spool: directory, spoolSize, spoolAge, spoolPolicy } = options;
  const target = await targetOf(url, options.kafkaConfig);
  const { KafkaOutput } = await import('../sinks/kafka/kafka-output.js');
  return KafkaOutput.open({
    target,
    spool: { directory, size: spoolSize, ageMs: spoolAge, policy: spoolPolicy },
    ...run,
    tell: ({ code, sentence }) => say(`${sentence} [${code}]`),
  });
}

/** A checked target. @throws ConntrailError */
export async function targetOf(url: string, file: string | undefined) {
  if (file === undefined) {
    const need =
      'its schema registry: --kafka-config FILE with {"registry": {"url": "http://HOST:PORT/apis/ccompat/v7"}}';
    throw new ConntrailError('CONNTRAIL_OPTION', `--to kafka:// needs ${need}.`);
  }
  const { readKafkaConfig } = await import('../sinks/kafka/config-file.js');
  const { kafkaTarget } = await import('../sinks/kafka/kafka-target.js');
  return kafkaTarget(url, await readKafkaConfig(file), file);
}
