import type { DnsMessage } from '../../../src/dns/message/message.js';
import { asciiText, putNameText } from '../../../src/dns/message/name-text.js';

/** The text of a message's name. */
export function nameOf({ names }: DnsMessage, index: number): string {
  const out = new Uint8Array(1024);
  return asciiText(out, 0, putNameText(out, 0, names.scratch, names.start[index]!));
}
