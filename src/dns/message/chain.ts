import { MAX_CHAIN, MAX_RECORDS } from './limits.js';
import type { DnsMessage } from './message.js';
import { TYPE } from './types.js';

/** The way of an answer: from the question's name along the CNAMEs to the addresses, whatever the order of the records. */
export class DnsChain {
  /** Names on the way, the question's first; 0 without a question. */
  length = 0;
  /** Numbers of these names. */
  readonly name = new Int16Array(MAX_CHAIN + 1);
  /** Least TTL of the CNAMEs on the way, in seconds, as sent; 0xffffffff without any. */
  ttl = 0xffffffff;
  /** There is no end: the CNAMEs lead in a circle, or there are more than MAX_CHAIN. Then there are no addresses either. */
  endless = false;
  /** Records that tell addresses of the last name. */
  addresses = 0;
  /** Their numbers. */
  readonly address = new Uint16Array(MAX_RECORDS);

  follow(message: DnsMessage): void {
    const { records, answers, questionName, questionClass } = message;
    this.length = 0;
    this.addresses = 0;
    this.endless = false;
    this.ttl = 0xffffffff;
    if (questionName < 0) return;
    const { owner, type, target, ttl, address } = records;
    let current = questionName;
    this.name[this.length++] = current;
    if (answers === 0) return;
    let i = 0;
    let looked = 0;
    // On in a circle from where the last was found: in the usual order each is the next.
    while (looked < answers) {
      if (type[i] === TYPE.CNAME && owner[i] === current && records.class[i] === questionClass) {
        if (this.length > MAX_CHAIN) {
          this.endless = true;
          return;
        }
        current = target[i]!;
        if (ttl[i]! < this.ttl) this.ttl = ttl[i]!;
        this.name[this.length++] = current;
        looked = -1;
      }
      i = i + 1 < answers ? i + 1 : 0;
      looked++;
    }
    for (let k = 0; k < answers; k++) {
      if (owner[k] === current && address[k]! >= 0) this.address[this.addresses++] = k;
    }
  }
}
