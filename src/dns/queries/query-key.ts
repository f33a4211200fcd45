import { SEGMENT } from '../layout.gen.js';
import { finish, mix } from '../mix.js';

/** Words of `struct ct_dns_segment` that say between which ends a message went, and in which namespace. */
const WORDS: readonly number[] = [
  SEGMENT.netns_cookie,
  SEGMENT.netns_cookie + 4,
  SEGMENT.netns_inode,
  SEGMENT.local_port,
  ...[0, 4, 8, 12].flatMap((i) => [SEGMENT.local_address + i, SEGMENT.remote_address + i]),
].map((offset) => offset >>> 2);
const ENDS = Uint8Array.from(WORDS);
const NAMESPACE = 3;
const PORTS = SEGMENT.local_port >>> 2;
/** Of this word the second byte is the protocol, the third the family. */
const KIND = SEGMENT.tcp_flags >>> 2;
const LOCAL = SEGMENT.local_address >>> 2;
const REMOTE = SEGMENT.remote_address >>> 2;

/**
 * What is compared and hashed of the heads of messages. The hash takes a seed, so that nobody who only sends packets can choose heads whose
 * hashes are alike.
 */
export class QueryKey {
  readonly #seed: number;

  /** @param seed 32 bits that are not known outside */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Of both ends, protocol, role and id: signed, since a number above 2^31 would have to be allocated. */
  hash(u32: Uint32Array, at: number, role: number, id: number): number {
    let h = mix(mix(this.#seed, kindOf(u32, at)), (role << 16) | id);
    for (let i = 0; i < ENDS.length; i++) h = mix(h, u32[at + ENDS[i]!]!);
    return finish(h) | 0;
  }

  /** Of protocol, role and the end that asks; likewise. */
  askerHash(u32: Uint32Array, at: number, role: number, asksLocal: boolean): number {
    let h = mix(mix(~this.#seed, kindOf(u32, at)), role);
    for (let i = 0; i < NAMESPACE; i++) h = mix(h, u32[at + ENDS[i]!]!);
    const address = at + (asksLocal ? LOCAL : REMOTE);
    for (let i = 0; i < 4; i++) h = mix(h, u32[address + i]!);
    return finish(mix(h, portOf(u32, at, asksLocal))) | 0;
  }
}

/** Whether both went between the same ends of the same namespace, by the same protocol. */
export function sameEnds(a: Uint32Array, at: number, b: Uint32Array, bt: number): boolean {
  for (let i = 0; i < ENDS.length; i++) if (a[at + ENDS[i]!] !== b[bt + ENDS[i]!]) return false;
  return kindOf(a, at) === kindOf(b, bt);
}

/** Whether the same end asked. */
export function sameAsker(a: Uint32Array, at: number, b: Uint32Array, bt: number, asksLocal: boolean): boolean {
  for (let i = 0; i < NAMESPACE; i++) if (a[at + ENDS[i]!] !== b[bt + ENDS[i]!]) return false;
  const address = asksLocal ? LOCAL : REMOTE;
  for (let i = 0; i < 4; i++) if (a[at + address + i] !== b[bt + address + i]) return false;
  return portOf(a, at, asksLocal) === portOf(b, bt, asksLocal) && kindOf(a, at) === kindOf(b, bt);
}

/** Protocol and family. */
function kindOf(u32: Uint32Array, at: number): number {
  return (u32[at + KIND]! >>> 8) & 0xffff;
}

/** Port of one end. */
function portOf(u32: Uint32Array, at: number, local: boolean): number {
  const ports = u32[at + PORTS]!;
  return local ? ports & 0xffff : ports >>> 16;
}
