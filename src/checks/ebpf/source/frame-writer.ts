/** Fields of one frame's payload, which is used for all frames of its kind. */
export class FrameWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  clear(): void {
    this.bytes.fill(0);
  }

  byte(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  word(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** A whole number, below 2^53. */
  long(at: number, value: number): void {
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  wide(at: number, value: bigint): void {
    this.#view.setBigUint64(at, value, true);
  }

  /** Bytes, each a character, cut to a place that ends with a NUL. */
  text(at: number, text: string, length: number): void {
    for (let i = 0; i < text.length && i < length - 1; i++) this.bytes[at + i] = text.charCodeAt(i);
  }
}
