import { MAX_CLIENTS } from '../../pipeline/client.js';
import type { ClientPorts } from '../../pipeline/client-ports.js';
import type { RecordPort } from '../../pipeline/record-writer.js';
import type { StageContext } from '../../pipeline/stage.js';
import type { DnsSource } from '../dns-source.js';
import { DNS } from '../generated/dns-type.js';
import { SEGMENT } from '../layout.gen.js';
import type { DnsChain } from '../message/chain.js';
import type { DnsMessage } from '../message/message.js';
import type { NameTable } from '../message/name-table.js';
import type { QuerySlots } from '../queries/query-slots.js';
import type { Selection } from '../selection/selection.js';
import type { MessageTexts } from './message-texts.js';
import { OUTCOME } from './outcome.js';
import { putClass, putType } from './put-text.js';
import { MAX_ANSWERS, MAX_CHAIN_TOLD, querySource } from './query-source.js';
import { rcodeIndex } from './rcode-symbols.js';

/** Above, a TTL means 0 (RFC 2181 §8). */
const MAX_TTL = 0x7fffffff;

/** Seconds for which a record may be kept. */
export function keptSeconds(ttl: number): number {
  return ttl > MAX_TTL ? 0 : ttl;
}

/** Tells the dns record of a query to all clients. */
export class QueryTeller {
  readonly #clock: StageContext['clock'];
  readonly #slots: QuerySlots;
  readonly #names: NameTable;
  readonly #texts: MessageTexts;
  readonly #selection: Selection;
  readonly #source: DnsSource;
  /** By client slot. */
  readonly #ports: (RecordPort<DnsSource> | undefined)[] = new Array(MAX_CLIENTS).fill(undefined);

  constructor(
    { clock, identity }: StageContext,
    slots: QuerySlots,
    names: NameTable,
    texts: MessageTexts,
    selection: Selection,
  ) {
    this.#clock = clock;
    this.#slots = slots;
    this.#names = names;
    this.#texts = texts;
    this.#selection = selection;
    this.#source = querySource(identity);
    this.#source.u8 = slots.u8;
    this.#source.u32 = slots.u32;
  }

  attach(client: number, ports: ClientPorts): void {
    this.#ports[client] = ports.port(DNS);
  }

  detach(client: number): void {
    this.#ports[client] = undefined;
  }

  /** The query in the slot had no answer. Returns whether it is told. */
  tellUnanswered(slot: number, outcome: number, units: number): boolean {
    const source = this.#source;
    this.#query(slot, outcome, units);
    source.answered = false;
    source.extendedError = -1;
    source.answersTold = 0;
    source.chainTold = 0;
    source.ttl = -1;
    return this.#write(units);
  }

  /** `message` answers the query in the slot. Returns whether it is told. */
  tellAnswered(slot: number, message: DnsMessage, chain: DnsChain, latencyUs: number, units: number): boolean {
    const source = this.#source;
    let pos = this.#query(slot, OUTCOME.answered, units);
    source.answered = true;
    source.rcode = message.rcode;
    source.rcodeIndex = rcodeIndex(message.rcode);
    source.extendedError = message.extendedError;
    source.answerCount = message.announcedAnswers;
    source.truncated = message.truncated;
    source.cut ||= message.cut;
    source.latencyUs = latencyUs;
    pos = this.#chain(pos, message, chain);
    this.#answers(pos, message, chain);
    source.ttl = ttlOf(message, chain);
    return this.#write(units);
  }

  /** What the query itself says; returns where further text may begin. */
  #query(slot: number, outcome: number, units: number): number {
    const source = this.#source;
    const slots = this.#slots;
    const { text } = source;
    source.base = slot * SEGMENT.size;
    source.wallOffsetUs = this.#clock.wallOffsetUs;
    source.timeUs = this.#clock.utcUs(slots.timeNs[slot]!);
    source.role = slots.role[slot]!;
    source.outcome = outcome;
    source.id = slots.id[slot]!;
    source.opcode = slots.opcode[slot]!;
    source.retries = slots.retries[slot]!;
    source.cut = slots.cut[slot] !== 0;
    source.messages = units;
    source.nameAt = 0;
    source.nameLength = this.#names.putText(text, 0, slots.name[slot]!);
    source.typeAt = source.nameLength;
    source.classAt = putType(text, source.typeAt, slots.type[slot]!);
    source.typeLength = source.classAt - source.typeAt;
    const end = putClass(text, source.classAt, slots.class[slot]!);
    source.classLength = end - source.classAt;
    return end;
  }

  #chain(at: number, message: DnsMessage, chain: DnsChain): number {
    const source = this.#source;
    let pos = at;
    source.chainTold = Math.min(Math.max(chain.length - 1, 0), MAX_CHAIN_TOLD);
    for (let i = 0; i < source.chainTold; i++) {
      const end = this.#texts.putName(source.text, pos, message, chain.name[i + 1]!);
      source.chainAt[i] = pos;
      source.chainLength[i] = end - pos;
      pos = end;
    }
    return pos;
  }

  #answers(at: number, message: DnsMessage, chain: DnsChain): void {
    const source = this.#source;
    const { records } = message;
    let pos = at;
    source.answersTold = Math.min(message.answers, MAX_ANSWERS);
    for (let k = 0; k < source.answersTold; k++) {
      source.answerLink[k] = linkOf(chain, records.owner[k]!);
      source.answerTtl[k] = keptSeconds(records.ttl[k]!);
      source.answerTypeAt[k] = pos;
      pos = putType(source.text, pos, records.type[k]!);
      source.answerTypeLength[k] = pos - source.answerTypeAt[k]!;
      source.answerValueAt[k] = pos;
      const end = this.#texts.putValue(source.text, pos, message, k);
      source.answerValueLength[k] = end < 0 ? -1 : end - pos;
      pos = Math.max(pos, end);
    }
  }

  #write(units: number): boolean {
    if (!this.#selection.takes(this.#source)) return false;
    for (let client = 0; client < MAX_CLIENTS; client++) this.#ports[client]?.write(this.#source, units);
    return true;
  }
}

/** Place of a name in the chain, as far as that is told; -1: it is not in it. */
function linkOf(chain: DnsChain, name: number): number {
  for (let i = 0; i < chain.length && i <= MAX_CHAIN_TOLD; i++) if (chain.name[i] === name) return i;
  return -1;
}

/** The least TTL of the chain and of the records of the type asked for at its end, s; -1: there are none. */
function ttlOf(message: DnsMessage, chain: DnsChain): number {
  if (chain.length === 0 || chain.endless) return -1;
  const { records, answers, questionType } = message;
  const end = chain.name[chain.length - 1]!;
  let least = -1;
  for (let k = 0; k < answers; k++) {
    if (records.owner[k] !== end || records.type[k] !== questionType) continue;
    const ttl = keptSeconds(records.ttl[k]!);
    if (least < 0 || ttl < least) least = ttl;
  }
  return least < 0 || chain.length === 1 ? least : Math.min(least, keptSeconds(chain.ttl));
}
