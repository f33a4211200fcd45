import { readLong } from '../../encoding/long-input.js';

/** First byte of a message with a block of records; one with a single record has 0, as Confluent's. */
export const BLOCK_MAGIC = 0xc7;
/** Magic and schema id. */
export const MESSAGE_HEAD_BYTES = 5;

/** A message's value, taken apart. */
export interface KafkaMessage {
  /** Id of the schema in the registry. */
  readonly schemaId: number;
  /** Records that it holds; their running numbers follow each other. */
  readonly count: number;
  /** Avro of the records, one behind the other, by that schema. */
  readonly bytes: Uint8Array;
}

/**
 * Takes a message's value apart, of either framing: a single record (0, schema id), or a block of them (0xC7, schema id, then as in an Avro
 * container file: long count, long bytes, records). null: it is neither.
 */
export function decodeKafkaMessage(value: Uint8Array): KafkaMessage | null {
  if (value.length < MESSAGE_HEAD_BYTES) return null;
  const schemaId = new DataView(value.buffer, value.byteOffset).getUint32(1);
  if (value[0] === 0) return { schemaId, count: 1, bytes: value.subarray(MESSAGE_HEAD_BYTES) };
  if (value[0] !== BLOCK_MAGIC) return null;
  const count = readLong(value, MESSAGE_HEAD_BYTES);
  const length = count === null ? null : readLong(value, count.end);
  if (count === null || length === null || !(count.value >= 1)) return null;
  const bytes = value.subarray(length.end);
  // No record takes less than a byte.
  return bytes.length === length.value && count.value <= bytes.length ? { schemaId, count: count.value, bytes } : null;
}
