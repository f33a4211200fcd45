import type { RecordIdentity } from '../../encoding/record-identity.js';
import type { DnsSource } from '../dns-source.js';

/** Most of a record, as in schemas/dns.avsc. */
export const MAX_ANSWERS = 32;
export const MAX_CHAIN_TOLD = 16;
/** Room for all texts of a record, each as long as it can be. */
const TEXT_BYTES = 1 << 16;

/** A source of dns records, without a query yet. */
export function querySource(identity: RecordIdentity): DnsSource {
  const memory = new ArrayBuffer(0);
  return {
    ...identity,
    seq: 0,
    u8: new Uint8Array(memory),
    u32: new Uint32Array(memory),
    base: 0,
    wallOffsetUs: 0,
    timeUs: 0,
    role: 0,
    outcome: 0,
    id: 0,
    opcode: 0,
    text: new Uint8Array(TEXT_BYTES),
    nameAt: 0,
    nameLength: 0,
    typeAt: 0,
    typeLength: 0,
    classAt: 0,
    classLength: 0,
    answered: false,
    rcode: 0,
    rcodeIndex: 0,
    extendedError: -1,
    answerCount: 0,
    answersTold: 0,
    answerLink: new Int32Array(MAX_ANSWERS),
    answerTypeAt: new Int32Array(MAX_ANSWERS),
    answerTypeLength: new Int32Array(MAX_ANSWERS),
    answerValueAt: new Int32Array(MAX_ANSWERS),
    answerValueLength: new Int32Array(MAX_ANSWERS),
    answerTtl: new Uint32Array(MAX_ANSWERS),
    chainTold: 0,
    chainAt: new Int32Array(MAX_CHAIN_TOLD),
    chainLength: new Int32Array(MAX_CHAIN_TOLD),
    ttl: -1,
    latencyUs: 0,
    retries: 0,
    truncated: false,
    cut: false,
    messages: 0,
  };
}
