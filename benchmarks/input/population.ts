import {
  COMM_LENGTH,
  CONN,
  IPV4,
  IPV6,
  MIN_RTT_UNKNOWN,
  OWNER_SOURCE,
  STATE,
  TCP,
  UDP,
  UNKNOWN,
} from '../../src/connections/layout.gen.js';
import type { Random } from './random.js';

const HIGH = 4294967296;
const STARTED = 1 << 1;
const SYN_SENT = 1 << 2;
const CLOSE = 1 << 7;
const FIN_STATES = (1 << 4) | (1 << 5);
const LAST_ACK = (1 << 8) | (1 << 9);
const ALL_UNKNOWN = UNKNOWN.sent_packets | UNKNOWN.received_packets | UNKNOWN.received_bytes | UNKNOWN.error;
const ECONNREFUSED = 111;
const ECONNRESET = 104;

/** Process names of one host: plain ones, one with a backslash, one with a control character, one in UTF-8, one that is not. */
const NAMES = [
  ...[
    'nginx',
    'postgres',
    'node',
    'java',
    'redis-server',
    'curl',
    'systemd-resolve',
    'haproxy',
    'envoy',
    'sshd',
    'php-fpm',
  ],
  ...Array.from({ length: 50 }, (_, i) => `worker-${i}`),
].map((name) => new TextEncoder().encode(name));
NAMES.push(new TextEncoder().encode('back\\slash'), new TextEncoder().encode('tab\there'));
NAMES.push(new TextEncoder().encode('café'), Uint8Array.of(0x62, 0xff, 0x61));

/**
 * The connections that are open at a time, and what is known of each: enough to make the next record of it, with totals that grow.
 * Everything that never changes during a connection is a function of its number, so that a million of them cost little memory.
 */
export class Population {
  readonly #random: Random;
  /** Serial number of the connection in each place: its socket cookie. */
  readonly #serial: Uint32Array;
  readonly #startNs: Float64Array;
  readonly #totals: Float64Array;
  readonly #known: Uint8Array;
  #nextSerial = 0x10000;
  readonly size: number;

  /** @param size places; the one behind them is for connections that come and go at once */
  constructor(size: number, random: Random) {
    this.#random = random;
    this.size = size;
    this.#serial = new Uint32Array(size + 1);
    this.#startNs = new Float64Array(size + 1);
    this.#totals = new Float64Array((size + 1) * 5);
    this.#known = new Uint8Array(size + 1);
  }

  /** Place of the passing connection. */
  get passing(): number {
    return this.size;
  }

  isKnown(place: number): boolean {
    return this.#known[place] === 1;
  }

  /** A new connection takes the place. */
  begin(place: number, nowNs: number): void {
    this.#serial[place] = this.#nextSerial++;
    this.#startNs[place] = nowNs - this.#random.magnitude(32);
    for (let t = place * 5; t < place * 5 + 5; t++) this.#totals[t] = 0;
    this.#known[place] = 0;
    this.grow(place);
  }

  /** The connection in this place is over. */
  forget(place: number): void {
    this.#known[place] = 0;
  }

  /** Traffic goes through the connection. */
  grow(place: number): void {
    const random = this.#random;
    const t = place * 5;
    const sent = 1 + random.magnitude(random.once(1000) ? 36 : 17);
    const received = random.magnitude(20);
    this.#totals[t] = this.#totals[t]! + sent;
    this.#totals[t + 1] = this.#totals[t + 1]! + received;
    this.#totals[t + 2] = this.#totals[t + 2]! + 1 + Math.ceil(sent / 1448);
    this.#totals[t + 3] = this.#totals[t + 3]! + 1 + Math.ceil(received / 1448);
    if (random.once(16)) this.#totals[t + 4] = this.#totals[t + 4]! + 1;
  }

  /** Writes the `struct ct_conn` of the connection at this place. */
  write(words: DataView, at: number, place: number, nowNs: number, closed: boolean): void {
    const serial = this.#serial[place]!;
    const h = mix(serial);
    for (let i = at; i < at + CONN.size; i += 8) words.setFloat64(i, 0);
    const tcp = (h & 3) !== 0;
    const v4 = (h >>> 2) % 10 < 7;
    const refused = tcp && place === this.size && (h >>> 5) % 32 === 0;
    const reset = tcp && closed && !refused && (h >>> 7) % 50 === 0;
    this.#known[place] = 1;
    // One cookie in 8192 is of a nested context: those count down from 2^64 − 1.
    put64(words, at + CONN.cookie, serial);
    if (h % 8192 === 0) {
      words.setUint32(at + CONN.cookie, ~serial >>> 0, true);
      words.setUint32(at + CONN.cookie + 4, 0xffffffff, true);
    }
    words.setUint32(at + CONN.generation, (h >>> 9) % 32 === 0 ? 1 + ((h >>> 3) % 7) : 1, true);
    put64(words, at + CONN.netns_cookie, 1 + ((h >>> 11) % 40));
    words.setUint32(at + CONN.netns_inode, 0xf0000098 + ((h >>> 11) % 40), true);
    put64(words, at + CONN.start_ns, (h >>> 13) % 64 === 0 ? 0 : this.#startNs[place]!);
    put64(words, at + CONN.end_ns, nowNs);
    const t = place * 5;
    put64(words, at + CONN.sent_bytes, refused ? 0 : this.#totals[t]!);
    put64(words, at + CONN.received_bytes, refused ? 0 : this.#totals[t + 1]!);
    put64(words, at + CONN.sent_packets, this.#totals[t + 2]!);
    put64(words, at + CONN.received_packets, this.#totals[t + 3]!);
    words.setUint32(at + CONN.retransmits, tcp ? this.#totals[t + 4]! : 0, true);
    this.#writeEnds(words, at, h, v4, tcp);
    this.#writeOwner(words, at, h);
    if (tcp) {
      const srtt = (h >>> 4) % 32 === 0 ? 0 : 40 + ((h >>> 5) % 60000);
      words.setUint32(at + CONN.srtt_us, srtt, true);
      words.setUint32(at + CONN.rttvar_us, srtt >>> 2, true);
      words.setUint32(at + CONN.min_rtt_us, (h >>> 8) % 20 === 0 ? MIN_RTT_UNKNOWN : srtt >>> 1, true);
      const ended = (h >>> 6) & 1 ? FIN_STATES : LAST_ACK;
      const states = refused ? SYN_SENT | CLOSE : STARTED | SYN_SENT | (closed ? ended | CLOSE : 0);
      words.setUint16(at + CONN.transitions, states, true);
      words.setUint8(at + CONN.tcp_state, refused ? 2 : closed ? ((h >>> 6) & 1 ? 5 : 9) : 1);
      words.setUint8(at + CONN.reset_by, refused || (reset && (h & 64) !== 0) ? 2 : (h >>> 7) % 50 === 1 ? 1 : 0);
    }
    // One UDP conversation in 32 has counters that nobody can tell.
    if (!tcp && (h >>> 20) % 32 === 0) words.setUint16(at + CONN.unknown, 1 + ((h >>> 25) % ALL_UNKNOWN), true);
    words.setUint16(at + CONN.error, refused ? ECONNREFUSED : reset ? ECONNRESET : 0, true);
    words.setUint8(at + CONN.family, v4 ? IPV4 : IPV6);
    words.setUint8(at + CONN.protocol, tcp ? TCP : UDP);
    words.setUint8(at + CONN.direction, (h >>> 12) % 20 === 0 ? 0 : 1 + ((h >>> 13) & 1));
    words.setUint8(at + CONN.state, closed ? STATE.closed : STATE.open);
    words.setUint8(at + CONN.observed_from, (h >>> 13) % 64 === 0 ? 1 + ((h >>> 19) & 1) : 0);
  }

  #writeEnds(words: DataView, at: number, h: number, v4: boolean, tcp: boolean): void {
    const peer = mix(h);
    if (tcp || (h >>> 14) % 20 !== 0) putAddress(words, at + CONN.local_address, v4, 1 + ((h >>> 15) & 3));
    words.setUint16(at + CONN.local_port, 1024 + (h % 60000), true);
    if (!tcp && (h >>> 14) % 50 === 0) return;
    putAddress(words, at + CONN.remote_address, v4, peer % 5000);
    // One IPv6 peer in 32 is on the link, of one of four interfaces.
    if (!v4 && (peer >>> 13) % 32 === 0) {
      words.setUint32(at + CONN.remote_address, 0xfe800000);
      words.setUint32(at + CONN.remote_address + 4, 0);
      words.setUint32(at + CONN.scope, 2 + (peer & 3), true);
    }
    words.setUint16(at + CONN.remote_port, peer & 1 ? 443 : 1 + (peer % 65535), true);
  }

  #writeOwner(words: DataView, at: number, h: number): void {
    if ((h >>> 16) % 50 === 0) return;
    const process = (h >>> 10) % 300;
    words.setUint32(at + CONN.pid, 300 + process * 731, true);
    words.setUint32(at + CONN.uid, process % 3 === 0 ? 0 : 990 + (process % 17), true);
    put64(words, at + CONN.cgroup_id, 4000 + process * 37);
    const name = NAMES[process % NAMES.length]!;
    for (let i = 0; i < name.length && i < COMM_LENGTH - 1; i++) words.setUint8(at + CONN.comm + i, name[i]!);
    words.setUint8(
      at + CONN.owner_source,
      (h >>> 17) % 8 === 0 ? OWNER_SOURCE.listener : (h >>> 17) % 2 ? OWNER_SOURCE.connect : OWNER_SOURCE.first_io,
    );
  }
}

function mix(n: number): number {
  let h = Math.imul(n ^ (n >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

function put64(words: DataView, at: number, value: number): void {
  const high = Math.floor(value / HIGH);
  words.setUint32(at, value - high * HIGH, true);
  words.setUint32(at + 4, high, true);
}

function putAddress(words: DataView, at: number, v4: boolean, host: number): void {
  if (v4) {
    words.setUint32(at, 0x0a140000 + (host >>> 12) * 0x10000 + (host & 0xfff));
    return;
  }
  words.setUint32(at, 0x20010db8);
  words.setUint32(at + 4, 0x00170000);
  if (host & 1) words.setUint32(at + 8, 0x021afffe);
  words.setUint32(at + 12, host);
}
