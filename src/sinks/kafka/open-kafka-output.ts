import { ConntrailError } from '../../errors.js';
import { hostName } from '../../kernel/host.js';
import { SPOOL_POLICIES } from '../../spool/spool-options.js';
import type { Output } from '../output.js';
import { KafkaOutput, type KafkaSpool } from './kafka-output.js';
import { type KafkaConfig, kafkaTarget } from './kafka-target.js';
import type { Notice } from './notices.js';

/** The configuration of `--kafka-config`, and what the command has options for. */
export interface KafkaOptions extends KafkaConfig {
  /** `kafka://HOST[:PORT][,HOST[:PORT]]/PREFIX`: topics are `PREFIX.connection` and so on. */
  to: string;
  /** What stands in front of it; in memory unless it has a directory. */
  spool?: KafkaSpool;
  /** Name of this host, as the tracer has it; its hostname by default. It says which partition the records go to. */
  host?: string;
  /** Whether there are output records, which say what became of the others; true by default. */
  accounts?: boolean;
  /** Is told what keeps records waiting, and that it is over; nothing is lost by it as long as the spool has room. */
  tell?: (notice: Notice) => void;
}

/**
 * An output to Kafka: give its `writer` to `openTracer` or `openReplay` as a client, and call `finish()` when that has closed.
 *
 * @throws ConntrailError CONNTRAIL_OPTION, CONNTRAIL_IO, CONNTRAIL_OUTPUT_EXISTS (another run has the spool), CONNTRAIL_OUTPUT_FOREIGN,
 *   CONNTRAIL_VERSION, CONNTRAIL_KAFKA_CLIENT, CONNTRAIL_KAFKA_SENDER; a broker that does not answer is no error
 */
export async function openKafkaOutput(options: KafkaOptions): Promise<Output> {
  const { to, spool = {}, host = hostName(), accounts = true, tell = () => {}, ...config } = options;
  const target = kafkaTarget(to, config, 'the options of the Kafka output');
  const { policy } = spool;
  if (policy !== undefined && !SPOOL_POLICIES.includes(policy)) {
    const sentence = `Correct the options of the Kafka output: spool.policy: must be ${SPOOL_POLICIES.join(', ')}.`;
    throw new ConntrailError('CONNTRAIL_OPTION', sentence);
  }
  return KafkaOutput.open({ target, spool, host, accounts, tell });
}
