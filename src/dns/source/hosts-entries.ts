import { IPV4, IPV6 } from '../layout.gen.js';
import { addressBytes } from './address-bytes.js';
import { wireName } from './wire-name.js';

/** Most names of one file that are told: those of its first lines. */
export const MOST_ENTRIES = 20_000;

/** What a file in the form of hosts(5) says. */
export interface HostsEntries {
  /** Entries as HOSTS frames have them, in the order of the file. */
  readonly entries: readonly Uint8Array[];
  /** Words that are neither an address with names nor a name, and names beyond MOST_ENTRIES. */
  readonly skipped: number;
}

/** @param text each character a byte */
export function hostsEntries(text: string): HostsEntries {
  const entries: Uint8Array[] = [];
  let skipped = 0;
  for (const line of text.split('\n')) {
    const [first = '', ...names] = line
      .replace(/#[^\n]*/, '')
      .split(/[ \t\r\v\f]+/)
      .filter((word) => word !== '');
    if (first === '') continue;
    const address = addressBytes(first);
    if (address === null) {
      skipped += 1 + names.length;
      continue;
    }
    for (const name of names) {
      const wire = entries.length < MOST_ENTRIES ? wireName(name) : null;
      if (wire === null) skipped++;
      else entries.push(entryOf(address, wire));
    }
  }
  return { entries, skipped };
}

function entryOf(address: Uint8Array, wire: Uint8Array): Uint8Array {
  const entry = new Uint8Array(2 + address.length + wire.length);
  entry[0] = address.length === 4 ? IPV4 : IPV6;
  entry[1] = wire.length;
  entry.set(address, 2);
  entry.set(wire, 2 + address.length);
  return entry;
}
