import type { SenderSettings } from '../sender-protocol.js';
import type { ClientError, KafkaClient } from './client.js';
import { connectionTrouble } from './client-errors.js';
import type { Lane, SentType } from './lane.js';
import type { OffsetFile } from './offset-file.js';
import { type PartitionFile, placeAt } from './partition-file.js';
import type { Producer } from './producer.js';
import type { SchemaIds } from './schema-ids.js';
import { readTail } from './tail.js';
import { ensureTopic, onceKnown } from './topics.js';

/** What it takes to make a topic ready for records. */
export interface Preparation {
  readonly kafka: KafkaClient;
  readonly settings: SenderSettings;
  readonly partitions: PartitionFile;
  readonly offsets: OffsetFile;
  readonly ids: SchemaIds;
  readonly said: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes the topic and the schema of a record type ready, or throws; it may be tried again.
 *
 * @returns what changed about the topic, to be told; null: nothing
 * @throws ClientError of the brokers, ConntrailError of the registry
 */
export async function prepare(type: SentType, producer: Producer, needs: Preparation): Promise<string | null> {
  const { lane } = type;
  const change = lane.ready ? null : await prepareLane(lane, producer, needs);
  if (type.id === 0) {
    type.id = await needs.ids.register(`${lane.topic}-value`, type.type.schema, needs.signal);
  }
  return change;
}

async function prepareLane(lane: Lane, producer: Producer, needs: Preparation): Promise<string | null> {
  const { settings, partitions, offsets } = needs;
  const { topic } = lane;
  const count = await ensureTopic(producer, topic, settings.target.topics);
  const kept = partitions.of(topic);
  const { place, change } = placeAt(kept, settings.host, count);
  const { partition } = place;
  const { lowOffset, highOffset } = await onceKnown(() => producer.watermarks(topic, partition));
  await partitions.keep(topic, place);
  lane.partition = partition;
  lane.blind = false;
  const from = offsets.from(topic, partition);
  if (from === null) {
    // Where a place is known and this is not, the file was lost.
    lane.blind = kept !== undefined && change === null;
    await offsets.begin(topic, partition, highOffset);
  } else if (from > highOffset) {
    // The topic is another one of the same name.
    await offsets.begin(topic, partition, lowOffset);
    await lookBack(lane, { from: lowOffset, end: highOffset }, needs);
  } else {
    lane.blind = from < lowOffset;
    await lookBack(lane, { from: Math.max(from, lowOffset), end: highOffset }, needs);
  }
  lane.ready = true;
  return change;
}

async function lookBack(lane: Lane, { from, end }: { from: number; end: number }, needs: Preparation): Promise<void> {
  lane.found = null;
  if (from >= end) return;
  const { kafka, settings, said, signal } = needs;
  try {
    lane.found = await readTail(
      kafka,
      settings.target,
      { topic: lane.topic, partition: lane.partition, from, end },
      said,
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    // A broker that went away comes back; what we may not read, or is too much, does not change.
    if (connectionTrouble((error as ClientError).message, '') !== null) throw error;
    lane.blind = true;
  }
}
