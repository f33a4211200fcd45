/** Families as frames have them: AF_INET, AF_INET6. */
const IPV4 = 2;
const IPV6 = 10;
/** Third word of an IPv4-mapped address (RFC 4291 §2.5.5.2), as little-endian words have it. */
const MAPPED = 0xffff0000;

/**
 * An address to be looked up: one object, filled anew for each. An IPv4-mapped IPv6 address is an IPv4 address, as in the records of
 * connections.
 */
export class AddressKey {
  readonly #keys: Uint32Array;
  family = 0;
  /** Its bytes in network order, four to a little-endian word; of IPv4 the first word. */
  a = 0;
  b = 0;
  c = 0;
  d = 0;
  /** Its upper bits tell addresses apart, even those that somebody chose to be alike: nobody outside knows the keys. */
  hash = 0;

  /** @param keys a multiplier for each byte, as hashKeys makes them */
  constructor(keys: Uint32Array) {
    this.#keys = keys;
  }

  /**
   * Takes the address at byte `at`.
   * @param family AF_INET or AF_INET6
   * @returns false when it is of neither family, or none at all: 0.0.0.0 and ::, with which records say that an address is not known
   */
  read(u8: Uint8Array, at: number, family: number): boolean {
    this.a = word(u8, at);
    this.b = 0;
    this.c = 0;
    this.d = 0;
    this.family = family;
    if (family === IPV4) this.#mix(u8, at, 4);
    else if (family === IPV6) this.#readIpv6(u8, at);
    else return false;
    return (this.a | this.b | this.c | this.d) !== 0;
  }

  #readIpv6(u8: Uint8Array, at: number): void {
    this.b = word(u8, at + 4);
    this.c = word(u8, at + 8);
    this.d = word(u8, at + 12);
    if ((this.a | this.b) !== 0 || this.c !== MAPPED) {
      this.#mix(u8, at, 16);
      return;
    }
    this.family = IPV4;
    this.a = this.d;
    this.c = 0;
    this.d = 0;
    this.#mix(u8, at + 12, 4);
  }

  #mix(u8: Uint8Array, at: number, length: number): void {
    const keys = this.#keys;
    let hash = 0;
    for (let i = 0; i < length; i++) hash = (hash + Math.imul(u8[at + i]!, keys[i]!)) | 0;
    this.hash = hash >>> 0;
  }
}

function word(u8: Uint8Array, at: number): number {
  return (u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24)) >>> 0;
}
