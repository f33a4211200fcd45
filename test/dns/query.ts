/** Queries as the stage hands them to encoders and tables, made of what a test cares about. */
import type { DnsSource } from '../../src/dns/dns-source.js';
import { IPV4, IPV6, OWNER_SOURCE, SEGMENT, TCP, UDP } from '../../src/dns/layout.gen.js';

export interface MadeQuery {
  name?: string;
  type?: string;
  role?: 'client' | 'server' | 'observer';
  outcome?: 'answered' | 'timed_out' | 'displaced' | 'run_end';
  tcp?: boolean;
  /** Dotted quads, or the last byte of an IPv6 address. */
  local?: string | number;
  remote?: string | number;
  localPort?: number;
  remotePort?: number;
  /** null: not known. */
  process?: { name: string; pid: number } | null;
  rcode?: number;
  extendedError?: number;
  /** [type, value]; null: a value that is not told. */
  answers?: readonly (readonly [string, string | null])[];
  answerCount?: number;
  chain?: readonly string[];
  ttl?: number;
  latencyUs?: number;
  retries?: number;
  truncated?: boolean;
}

const MOST = 32;

export function query(made: MadeQuery): DnsSource {
  const memory = new ArrayBuffer(SEGMENT.size);
  const u8 = new Uint8Array(memory);
  const view = new DataView(memory);
  const { local = '192.0.2.10', remote = '192.0.2.53', process = { name: 'dig', pid: 4711 } } = made;
  u8[SEGMENT.family] = typeof remote === 'string' ? IPV4 : IPV6;
  u8[SEGMENT.protocol] = made.tcp === true ? TCP : UDP;
  put(u8, SEGMENT.local_address, typeof remote === 'string' ? local : 0x10);
  put(u8, SEGMENT.remote_address, remote);
  view.setUint16(SEGMENT.local_port, made.localPort ?? 40_000, true);
  view.setUint16(SEGMENT.remote_port, made.remotePort ?? 53, true);
  if (process !== null) {
    u8[SEGMENT.owner_source] = OWNER_SOURCE.send;
    view.setUint32(SEGMENT.pid, process.pid, true);
    new TextEncoder().encodeInto(process.name, u8.subarray(SEGMENT.comm, SEGMENT.comm + 15));
  }
  const text = new Texts();
  const outcome = made.outcome ?? 'answered';
  const answers = made.answers ?? [];
  const chain = made.chain ?? [];
  const name = text.put(made.name ?? 'www.example.org');
  const type = text.put(made.type ?? 'A');
  const kind = text.put('IN');
  const types = answers.map(([each]) => text.put(each));
  const values = answers.map(([, value]) => (value === null ? { at: 0, length: -1 } : text.put(value)));
  const chained = chain.map((alias) => text.put(alias));
  const numbers = (from: readonly number[]) => Int32Array.from({ length: MOST }, (_, i) => from[i] ?? 0);
  return {
    ...{ u8, u32: new Uint32Array(memory), base: 0, wallOffsetUs: 0, seq: 1 },
    ...{
      host: new Uint8Array(0),
      bootId: new Uint8Array(0),
      prefix: new Uint8Array(0),
      jsonPrefix: new Uint8Array(0),
      run: 1,
    },
    timeUs: Date.UTC(2026, 10, 29, 18, 0, 12, 345) * 1000,
    role: ['client', 'server', 'observer'].indexOf(made.role ?? 'client'),
    outcome: ['answered', 'timed_out', 'displaced', 'run_end'].indexOf(outcome),
    ...{ id: 1, opcode: 0, text: text.bytes },
    ...{ nameAt: name.at, nameLength: name.length, typeAt: type.at, typeLength: type.length },
    ...{ classAt: kind.at, classLength: kind.length },
    answered: outcome === 'answered',
    rcode: made.rcode ?? 0,
    rcodeIndex: made.rcode ?? 0,
    extendedError: made.extendedError ?? -1,
    answerCount: made.answerCount ?? answers.length,
    answersTold: answers.length,
    answerLink: numbers([]),
    answerTypeAt: numbers(types.map(({ at }) => at)),
    answerTypeLength: numbers(types.map(({ length }) => length)),
    answerValueAt: numbers(values.map(({ at }) => at)),
    answerValueLength: numbers(values.map(({ length }) => length)),
    answerTtl: new Uint32Array(MOST),
    chainTold: chain.length,
    chainAt: numbers(chained.map(({ at }) => at)),
    chainLength: numbers(chained.map(({ length }) => length)),
    ttl: made.ttl ?? -1,
    latencyUs: made.latencyUs ?? 0,
    retries: made.retries ?? 0,
    truncated: made.truncated ?? false,
    cut: false,
    messages: 2,
  } as DnsSource;
}

/** What a record's texts are put into, one after the other. */
class Texts {
  readonly bytes = new Uint8Array(1 << 16);
  #end = 0;

  put(text: string): { at: number; length: number } {
    const at = this.#end;
    const { written } = new TextEncoder().encodeInto(text, this.bytes.subarray(at));
    this.#end += written;
    return { at, length: written };
  }
}

function put(u8: Uint8Array, at: number, address: string | number): void {
  if (typeof address === 'string') u8.set(address.split('.').map(Number), at);
  else u8.set([0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, address >> 8, address & 0xff], at);
}
