import { readLong } from './long-input.js';

const decoder = new TextDecoder();

/** The Avro string at `at`, and the position behind it. The bytes must hold one. */
export function readAvroString(bytes: Uint8Array, at: number): { text: string; end: number } {
  const length = readLong(bytes, at)!;
  const end = length.end + length.value;
  return { text: decoder.decode(bytes.subarray(length.end, end)), end };
}
