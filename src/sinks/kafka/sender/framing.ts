import { putNumber } from '../../../encoding/varint.js';
import { BLOCK_MAGIC, MESSAGE_HEAD_BYTES } from '../block-format.js';

/** Views that are kept by their length: nearly all records are shorter. */
const KEPT_VIEWS = 4096;
const FIRST_BYTES = 1 << 16;

/** A record as a message of its own: 0, schema id, Avro. The value is a view of one buffer: the next one overwrites it. */
export class MessageFrame {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #views: Buffer[] = [];

  value(schemaId: number, record: Uint8Array): Buffer {
    const length = MESSAGE_HEAD_BYTES + record.length;
    if (length > this.#bytes.length) {
      this.#bytes = Buffer.alloc(2 * length);
      this.#views = [];
    }
    this.#bytes.writeUInt32BE(schemaId, 1);
    this.#bytes.set(record, MESSAGE_HEAD_BYTES);
    if (length >= KEPT_VIEWS) return this.#bytes.subarray(0, length);
    this.#views[length] ??= this.#bytes.subarray(0, length);
    return this.#views[length]!;
  }
}

/** Room for magic, schema id, count and length. */
const BLOCK_HEAD_BYTES = MESSAGE_HEAD_BYTES + 10;
/** A block that holds so many bytes is sent: what one request carries is compressed as a whole anyway. */
export const BLOCK_BYTES = 1 << 16;

/** Records of one schema that become one message. */
export class BlockFrame {
  readonly #most: number;
  readonly #head = new Uint8Array(BLOCK_HEAD_BYTES + 10);
  #bytes = Buffer.alloc(BLOCK_BYTES);
  #end = BLOCK_HEAD_BYTES;
  count = 0;

  /** @param most bytes of a value: a record that is larger than a block should be is one by itself up to there */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether it has room for a record of so many bytes. */
  fits(length: number): boolean {
    return this.#end + length <= (this.count === 0 ? this.#most : Math.min(this.#most, BLOCK_BYTES));
  }

  add(record: Uint8Array): void {
    if (this.#end + record.length > this.#bytes.length) this.#bytes = Buffer.alloc(this.#most);
    this.#bytes.set(record, this.#end);
    this.#end += record.length;
    this.count++;
  }

  /** The message's value: a view that holds until the next record is added. */
  value(schemaId: number): Buffer {
    const head = this.#head;
    head[0] = BLOCK_MAGIC;
    new DataView(head.buffer).setUint32(1, schemaId);
    const length = putNumber(head, putNumber(head, MESSAGE_HEAD_BYTES, this.count), this.#end - BLOCK_HEAD_BYTES);
    const start = BLOCK_HEAD_BYTES - length;
    this.#bytes.set(head.subarray(0, length), start);
    return this.#bytes.subarray(start, this.#end);
  }

  clear(): void {
    this.#end = BLOCK_HEAD_BYTES;
    this.count = 0;
  }
}
