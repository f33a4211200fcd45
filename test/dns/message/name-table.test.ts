/** Names by handles: held, released, bounded. */
import { expect, test } from 'vitest';
import { hashKeys } from '../../../src/dns/message/hash-keys.js';
import { NameTable } from '../../../src/dns/message/name-table.js';

/** A name on the wire, alone. */
function wire(name: string): Uint8Array {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  return Uint8Array.from([...labels, 0]);
}

/** Few different hashes, so that names meet in the same slots. */
const hash = (bytes: Uint8Array): number => (bytes.reduce((sum, byte) => sum + byte, 0) % 7) * 0x24924924;

/** As the names of a message are hashed. */
const keys = hashKeys();
const summed = (bytes: Uint8Array): number =>
  bytes.reduce((sum, byte, i) => (sum + Math.imul(byte, keys[i]!)) >>> 0, 0);

function intern(table: NameTable, name: string, of = hash): number {
  const bytes = wire(name);
  return table.intern(bytes, 0, bytes.length, of(bytes));
}

test('the same name has the same handle for as long as somebody holds it', () => {
  const table = new NameTable({ maxNames: 100, maxBytes: 10_000 });
  const a = intern(table, 'a.example');
  expect(intern(table, 'a.example')).toBe(a);
  expect(table.text(a)).toBe('a.example');
  table.release(a);
  expect(table.find(wire('a.example'), 0, 11, hash(wire('a.example')))).toBe(a);
  table.release(a);
  expect(table.find(wire('a.example'), 0, 11, hash(wire('a.example')))).toBe(0);
  expect(table.counts).toEqual({ names: 0, bytes: 0, refused: 0 });
});

test('names come and go in any order, some of the same hash, through growth', () => {
  const table = new NameTable({ maxNames: 10_000, maxBytes: 1_000_000 });
  // Some hundreds of different hashes of eight thousand names.
  const spread = (bytes: Uint8Array): number => ((summed(bytes) >>> 22) << 22) >>> 0;
  const held = new Map<string, number>();
  let random = 1;
  for (let i = 0; i < 40_000; i++) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    const name = `n${String((random >>> 8) % 200).padStart(5, '0')}.${'x'.repeat((random >>> 16) % 60)}y.example`;
    const handle = held.get(name);
    if (handle !== undefined) {
      table.release(handle);
      held.delete(name);
    } else held.set(name, intern(table, name, spread));
  }
  expect(held.size).toBeGreaterThan(2000);
  expect(new Set(held.values()).size).toBe(held.size);
  for (const [name, handle] of held) {
    expect(table.text(handle)).toBe(name);
    expect(table.find(wire(name), 0, wire(name).length, spread(wire(name)))).toBe(handle);
  }
  expect(table.counts).toMatchObject({ names: held.size, refused: 0 });
});

test('no room is counted: by names, by bytes, by names of one slot', () => {
  const few = new NameTable({ maxNames: 1, maxBytes: 1000 });
  expect([intern(few, 'a'), intern(few, 'b'), intern(few, 'a')]).toEqual([1, 0, 1]);
  const small = new NameTable({ maxNames: 10, maxBytes: 64 });
  expect([intern(small, 'a'.repeat(40)), intern(small, 'b')]).toEqual([1, 0]);
  expect([few.counts.refused, small.counts.refused]).toEqual([1, 1]);
  const crowded = new NameTable({ maxNames: 1000, maxBytes: 100_000 });
  const handles = Array.from({ length: 100 }, (_, i) => intern(crowded, `n${i}`, () => 1));
  expect(handles.filter((handle) => handle === 0)).toHaveLength(36);
  expect(crowded.counts).toMatchObject({ names: 64, refused: 36 });
});

test('text is ASCII without control characters, dots within labels escaped', () => {
  const table = new NameTable({ maxNames: 10, maxBytes: 10_000 });
  const bytes = Uint8Array.from([8, 0x1b, 0x2e, 0x5c, 0xff, 0x00, 0x7f, 0x20, 0x61, 1, 0x2d, 0]);
  const handle = table.intern(bytes, 0, bytes.length, 5);
  expect(table.text(handle)).toBe('\\027\\.\\\\\\255\\000\\127\\032a.-');
  const out = new Uint8Array(100);
  expect(Buffer.from(out.subarray(3, table.putText(out, 3, handle))).toString()).toBe(table.text(handle));
  const root = table.intern(Uint8Array.of(0), 0, 1, 0);
  expect(table.text(root)).toBe('.');
});
