/**
 * DNS messages as they come: names of few zones, compressed; questions of the usual types; answers with aliases, addresses, services; errors with a
 * SOA; EDNS in most. Deterministic.
 * @module
 */
import { DnsWriter } from './dns-writer.js';
import type { Random } from './random.js';

const WORDS = [
  'www',
  'api',
  'mail',
  'cdn',
  'a',
  'img',
  'static',
  'edge-7',
  'eu-west-1',
  'svc',
  '_dmarc',
  'x1',
  'Login',
];
const ZONES = [
  'example.com',
  'example.co.uk',
  'example.net',
  'cloud.example',
  'd3ad.edge.example.org',
  'arpa',
  'corp.internal',
];

type Name = readonly string[];

/** What a message is of. */
export type Shape = 'query' | 'address' | 'alias' | 'nothing' | 'service' | 'mixed';
export const SHAPES: readonly Shape[] = ['query', 'address', 'alias', 'nothing', 'service', 'mixed'];

/** Writes random messages. */
export class DnsMessages {
  readonly #random: Random;
  readonly #writer = new DnsWriter();

  constructor(random: Random) {
    this.#random = random;
  }

  message(shape: Shape): Uint8Array {
    const writer = this.#writer;
    writer.begin();
    const random = this.#random;
    const question = this.#name();
    const answers = shape === 'query' ? 0 : shape === 'mixed' ? random.below(8) : this.#answersOf(shape);
    const authorities = shape === 'nothing' ? 1 : shape === 'mixed' ? random.below(4) : 0;
    const edns = shape !== 'mixed' ? !random.once(4) : random.once(2);
    const more = shape === 'mixed' ? random.below(4) : 0;
    const rcode = shape === 'nothing' ? 3 : shape === 'mixed' ? random.below(6) : 0;
    writer.u16(random.below(0x10000));
    writer.u8(shape === 'query' ? 0x01 : 0x81);
    writer.u8(shape === 'query' ? 0x20 : 0x80 | rcode);
    for (const count of [1, answers, authorities, more + (edns ? 1 : 0)]) writer.u16(count);
    writer.name(question);
    writer.u16(this.#typeOf(shape));
    writer.u16(1);
    if (shape === 'alias') this.#aliases(question, answers);
    else for (let i = 0; i < answers; i++) this.#record(shape, question);
    for (let i = 0; i < authorities; i++) this.#soa(question.slice(-2));
    for (let i = 0; i < more; i++) this.#record('mixed', question);
    if (edns) this.#edns();
    return writer.message;
  }

  #name(): Name {
    const labels: string[] = [];
    const more = 1 + this.#random.below(2);
    for (let i = 0; i < more; i++) labels.push(WORDS[this.#random.below(WORDS.length)]!);
    return [...labels, ...ZONES[this.#random.below(ZONES.length)]!.split('.')];
  }

  #answersOf(shape: Shape): number {
    return shape === 'nothing' ? 0 : shape === 'service' ? 1 : 1 + this.#random.below(shape === 'alias' ? 5 : 4);
  }

  #typeOf(shape: Shape): number {
    if (shape === 'service') return 65;
    if (shape === 'mixed') return [1, 28, 15, 33, 16, 6, 2, 12][this.#random.below(8)]!;
    return this.#random.once(2) ? 1 : 28;
  }

  #address(owner: Name, six: boolean): void {
    const { u32, length } = { u32: () => this.#writer.u32(this.#random.u32()), length: six ? 4 : 1 };
    this.#writer.record(owner, six ? 28 : 1, 1, this.#random.magnitude(17), () => {
      for (let i = 0; i < length; i++) u32();
    });
  }

  /** A chain of aliases, and addresses at its end. */
  #aliases(question: Name, records: number): void {
    let owner = question;
    const links = Math.min(records - 1, 1 + this.#random.below(2));
    for (let i = 0; i < links; i++) {
      const target = this.#name();
      this.#writer.record(owner, 5, 1, 300, () => this.#writer.name(target));
      owner = target;
    }
    for (let i = links; i < records; i++) this.#address(owner, false);
  }

  #soa(owner: Name): void {
    const writer = this.#writer;
    writer.record(owner, 6, 1, 900, () => {
      writer.name(['ns1', ...owner]);
      writer.name(['hostmaster', ...owner]);
      for (let i = 0; i < 5; i++) writer.u32(this.#random.u32());
    });
  }

  #edns(): void {
    const writer = this.#writer;
    writer.record([], 41, 1232, this.#random.once(3) ? 0x8000 : 0, () => {
      if (this.#random.once(2)) return;
      writer.u16(10);
      writer.u16(8);
      writer.u32(this.#random.u32());
      writer.u32(this.#random.u32());
    });
  }

  #record(shape: Shape, question: Name): void {
    const random = this.#random;
    const owner = shape !== 'mixed' || random.once(2) ? question : this.#name();
    const kind = shape === 'address' ? random.below(2) : shape === 'service' ? 8 : random.below(10);
    if (kind < 2) this.#address(owner, kind === 1);
    else if (kind === 6) this.#soa(owner);
    else this.#writer.record(owner, this.#typeOfKind(kind), 1, random.magnitude(32), () => this.#dataOf(kind));
  }

  #typeOfKind(kind: number): number {
    if (kind === 2) return [2, 5, 12, 39][this.#random.below(4)]!;
    if (kind === 9) return 256 + this.#random.below(60_000);
    return { 3: 15, 4: 33, 5: 16, 7: 13, 8: 65 }[kind]!;
  }

  #dataOf(kind: number): void {
    const writer = this.#writer;
    const random = this.#random;
    if (kind === 3) writer.u16(random.below(100));
    if (kind === 4) for (let i = 0; i < 3; i++) writer.u16(random.below(0x10000));
    if (kind <= 4) writer.name(this.#name(), kind !== 4);
    if (kind === 5) for (let i = 1 + random.below(3); i > 0; i--) this.#text(random.below(90));
    if (kind === 7) for (let i = 3; i < 5; i++) this.#text(i);
    if (kind === 8) this.#service();
    if (kind === 9) this.#bytes(random.below(40));
  }

  /** Priority 1, the owner itself, two protocols, two addresses. */
  #service(): void {
    const writer = this.#writer;
    writer.data(Uint8Array.of(0, 1, 0));
    writer.data(Buffer.from('\0\x01\0\x06\x02h3\x02h2\0\x04\0\x08', 'latin1'));
    this.#bytes(8);
  }

  #text(length: number): void {
    this.#writer.u8(length);
    this.#bytes(length);
  }

  #bytes(length: number): void {
    for (let i = 0; i < length; i++) this.#writer.u8(this.#random.below(256));
  }
}
