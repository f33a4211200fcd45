/** Cuts a stream into frames of Kafka's protocol: a length of four bytes, big-endian, and as many bytes. */
export class Frames {
  #rest = Buffer.alloc(0);

  /** The whole frames that the chunk ends, each with its length. */
  push(chunk: Buffer): Buffer[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      frames.push(bytes.subarray(at, end));
      at = end;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    return frames;
  }
}
