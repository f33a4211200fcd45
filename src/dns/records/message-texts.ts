import type { DnsMessage } from '../message/message.js';
import type { NameTable } from '../message/name-table.js';
import { putNameText } from '../message/name-text.js';
import { RecentNames } from '../message/recent-names.js';
import { ValueText } from '../message/value-text.js';

/** Writes what messages say as printable ASCII, names as they may be shown. */
export class MessageTexts {
  readonly #putter: RecentNames | undefined;
  readonly #values: ValueText;

  /** @param names which show names otherwise than they are; undefined: names are shown as they are */
  constructor(names?: NameTable) {
    this.#putter = names === undefined ? undefined : new RecentNames(names);
    this.#values = new ValueText(this.#putter);
  }

  /** Writes name `index` of the message, up to MAX_NAME_TEXT bytes; returns the position behind it. */
  putName(out: Uint8Array, pos: number, { names }: DnsMessage, index: number): number {
    const start = names.start[index]!;
    if (this.#putter === undefined) return putNameText(out, pos, names.scratch, start);
    // Without room for the name nothing is told rather than what must not be.
    return Math.max(pos, this.#putter.put(out, pos, names.scratch, start, names.length[index]!, names.hash[index]!));
  }

  /** Writes the value of record `i`; returns the position behind it; -1: none is told. */
  putValue(out: Uint8Array, pos: number, message: DnsMessage, i: number): number {
    return this.#values.put(out, pos, message, i);
  }

  close(): void {
    this.#putter?.close();
  }
}
