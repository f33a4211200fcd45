/** Writes DNS messages with compressed names (RFC 1035 §4.1.4), as servers do. */
export class DnsWriter {
  readonly bytes = new Uint8Array(65_535);
  length = 0;
  /** Suffixes of names that were written, and where. */
  readonly #suffixes = new Map<string, number>();

  begin(): void {
    this.length = 0;
    this.#suffixes.clear();
  }

  /** A copy of what was written. */
  get message(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  u8(value: number): void {
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.u8((value >>> 8) & 0xff);
    this.u8(value & 0xff);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  data(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** @param labels without the root; bytes as latin1 */
  name(labels: readonly string[], compress = true): void {
    for (let i = 0; i < labels.length; i++) {
      const suffix = labels.slice(i).join('\u0100');
      const at = this.#suffixes.get(suffix);
      if (compress && at !== undefined) {
        this.u16(0xc000 | at);
        return;
      }
      if (at === undefined && this.length < 0x4000) this.#suffixes.set(suffix, this.length);
      this.u8(labels[i]!.length);
      this.data(Buffer.from(labels[i]!, 'latin1'));
    }
    this.u8(0);
  }

  /** A record, whose data `put` writes. */
  record(owner: readonly string[], type: number, cls: number, ttl: number, put: () => void): void {
    this.name(owner);
    this.u16(type);
    this.u16(cls);
    this.u32(ttl);
    const at = this.length;
    this.u16(0);
    put();
    const length = this.length - at - 2;
    this.bytes[at] = length >>> 8;
    this.bytes[at + 1] = length & 0xff;
  }
}
