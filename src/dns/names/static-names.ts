import { MAX_BOOT_NS } from '../../frames/bounds.js';
import type { FrameView } from '../../frames/frame-view.js';
import { u64 } from '../../frames/words.js';
import { HOSTS, HOSTS_PART, IPV4, IPV6 } from '../layout.gen.js';
import { AddressKey } from './address-key.js';
import { AddressTable } from './address-table.js';
import { NAME_SOURCE, type NameList, NO_TIME, OWN } from './name-list.js';
import type { NameTexts } from './name-texts.js';

/** Most addresses and names of all files, as they are and as they were before their last change. */
const MOST_ADDRESSES = 32_768;
export const MOST_FILE_NAMES = 65_536;
/** Most names of one address in one file. */
export const MOST_STATIC_NAMES = 64;
/** Words of a node: name, next of its list. */
const WORDS = 2;
/** Of an entry, before its address: family, and bytes of its name. */
const ENTRY_HEAD = 2;

/** A table of names that takes in new ones. */
export interface NameInterner extends NameTexts {
  /** The handle of a name on the wire, lower-cased, held by the caller; 0: there is no room. */
  intern(wire: Uint8Array, start: number, length: number): number;
}

/** What one file said from one time on. */
interface Saying {
  /** As a namespace of the table. */
  readonly number: number;
  /** Boot clock, ns; 0: since before the boot. */
  sinceNs: number;
  /** Inode of the network namespace; 0: of all. */
  netns: number;
  /** Whether it can be looked up. */
  whole: boolean;
}

interface NamesFile {
  readonly source: number;
  /** What it says, and what it said before. */
  now: Saying;
  before: Saying;
}

/** Names of addresses that files give: as they say now, and said before their last change, for connections that began earlier. Told by HOSTS frames. */
export class StaticNames {
  readonly #texts: NameInterner;
  readonly #key: AddressKey;
  #table: AddressTable | undefined;
  #nodes = new Uint32Array(0);
  #used = 0;
  #free = 0;
  readonly #files: readonly NamesFile[] = [
    { source: NAME_SOURCE.hosts, now: saying(1), before: saying(2) },
    { source: NAME_SOURCE.file, now: saying(3), before: saying(4) },
  ];
  names = 0;
  /** Names that found no room. */
  refused = 0;

  /** @param keys of the hash of addresses, as hashKeys makes them */
  constructor(texts: NameInterner, keys: Uint32Array) {
    this.#texts = texts;
    this.#key = new AddressKey(keys);
  }

  /** Takes in a HOSTS frame. Returns false when it cannot be one. */
  take({ u8, u32, start, length }: FrameView): boolean {
    const at = start >>> 2;
    const sinceNs = u64(u32, at + (HOSTS.since_ns >>> 2));
    const file = this.#files[u8[start + HOSTS.file]!];
    const part = u8[start + HOSTS.part]!;
    if (file === undefined || sinceNs >= MAX_BOOT_NS || part > (HOSTS_PART.first | HOSTS_PART.last)) return false;
    const end = start + HOSTS.size + (u32[at + (HOSTS.bytes >>> 2)]! >>> 0);
    if (end > start + length || !areEntries(u8, start + HOSTS.size, end)) return false;
    if (part & HOSTS_PART.first) this.#begin(file, sinceNs, u32[at + (HOSTS.netns_inode >>> 2)]!);
    // Without its beginning, which got lost, it would add to what was said before.
    else if (file.now.whole) return true;
    this.#add(file.now, u8, start + HOSTS.size, end);
    if (part & HOSTS_PART.last) file.now.whole = true;
    return true;
  }

  /** Adds to `list` what the files said of the address at `startNs`; 0: at a time that is not known. */
  lookup(netns: number, u8: Uint8Array, at: number, family: number, startNs: number, list: NameList): void {
    const table = this.#table;
    if (table === undefined || !this.#key.read(u8, at, family)) return;
    for (let i = 0; i < this.#files.length; i++) {
      const { source, now, before } = this.#files[i]!;
      const then = now.whole && now.sinceNs <= startNs ? now : before;
      if (!then.whole || then.sinceNs > startNs || (then.netns !== 0 && then.netns !== netns)) continue;
      const entry = table.find(then.number, this.#key);
      for (let node = entry === 0 ? 0 : table.first(entry); node !== 0; node = this.#nodes[node * WORDS + 1]!) {
        list.add(this.#nodes[node * WORDS]!, source, OWN.unknown, NO_TIME);
      }
    }
  }

  /** What the file said becomes what it said before; what it said before that is forgotten. */
  #begin(file: NamesFile, sinceNs: number, netns: number): void {
    // What never came whole was never told.
    const [kept, reused] = file.now.whole ? [file.now, file.before] : [file.before, file.now];
    this.#clear(reused.number);
    file.before = kept;
    file.now = reused;
    reused.sinceNs = sinceNs;
    reused.netns = netns;
    reused.whole = false;
  }

  #clear(number: number): void {
    const table = this.#table;
    if (table === undefined) return;
    for (let entry = table.eldest(number); entry !== 0; entry = table.eldest(number)) {
      for (let node = table.first(entry); node !== 0; ) {
        const next = this.#nodes[node * WORDS + 1]!;
        this.#texts.release(this.#nodes[node * WORDS]!);
        this.#nodes[node * WORDS + 1] = this.#free;
        this.#free = node;
        this.names--;
        node = next;
      }
      table.remove(entry);
    }
  }

  #add({ number }: Saying, u8: Uint8Array, from: number, end: number): void {
    this.#table ??= new AddressTable(MOST_ADDRESSES);
    for (let at = from; at < end; ) {
      const family = u8[at]!;
      const nameLength = u8[at + 1]!;
      const address = at + ENTRY_HEAD;
      const name = address + (family === IPV4 ? 4 : 16);
      at = name + nameLength;
      if (this.#key.read(u8, address, family) && !this.#addName(number, u8, name, nameLength)) this.refused++;
    }
  }

  #addName(number: number, u8: Uint8Array, name: number, length: number): boolean {
    const table = this.#table!;
    let entry = table.find(number, this.#key);
    if (this.names === MOST_FILE_NAMES || (entry === 0 && table.full)) return false;
    if (entry !== 0 && table.count(entry) === MOST_STATIC_NAMES) return false;
    const handle = this.#texts.intern(u8, name, length);
    if (handle === 0) return false;
    if (entry === 0) entry = table.add(number, this.#key);
    const node = this.#take();
    this.#nodes[node * WORDS] = handle;
    this.#nodes[node * WORDS + 1] = 0;
    // In the order of the file: the first one is the address's own, others are aliases (hosts(5)).
    let last = table.first(entry);
    while (last !== 0 && this.#nodes[last * WORDS + 1] !== 0) last = this.#nodes[last * WORDS + 1]!;
    if (last !== 0) this.#nodes[last * WORDS + 1] = node;
    table.setList(entry, table.first(entry) || node, table.count(entry) + 1);
    this.names++;
    return true;
  }

  #take(): number {
    const node = this.#free;
    if (node !== 0) {
      this.#free = this.#nodes[node * WORDS + 1]!;
      return node;
    }
    this.#used++;
    if ((this.#used + 1) * WORDS > this.#nodes.length) {
      const nodes = new Uint32Array((2 * this.#used + 1) * WORDS);
      nodes.set(this.#nodes);
      this.#nodes = nodes;
    }
    return this.#used;
  }
}

function saying(number: number): Saying {
  return { number, sinceNs: 0, netns: 0, whole: false };
}

/** Whether whole entries stand there, each with a name that is one. */
function areEntries(u8: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    const family = u8[at]!;
    if (at + ENTRY_HEAD > end || (family !== IPV4 && family !== IPV6)) return false;
    const name = at + ENTRY_HEAD + (family === IPV4 ? 4 : 16);
    const next = name + u8[at + 1]!;
    if (next > end || !isName(u8, name, next)) return false;
    at = next;
  }
  return true;
}

/** Whether the bytes are one name as on the wire, without pointers, in lower case. */
function isName(u8: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end && u8[at] !== 0) {
    const length = u8[at]!;
    if (length > 63) return false;
    for (let i = at + 1; i <= at + length && i < end; i++) if (u8[i]! >= 0x41 && u8[i]! <= 0x5a) return false;
    at += length + 1;
  }
  return at === end - 1;
}
