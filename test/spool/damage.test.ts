/** A spool that was damaged: opened all the same, all that is whole is delivered, what is not is counted, exactly. */
import { beforeAll, expect, test } from 'vitest';
import { decodeCheckpoint, SLOT_BYTES } from '../../src/spool/checkpoint.js';
import { SEGMENT_HEAD_BYTES } from '../../src/spool/segment-format.js';
import { scanBlocks, wholeEnd } from '../../src/spool/segment-scan.js';
import { segmentStart } from '../../src/spool/segment-start.js';
import { spoolBreach } from '../../src/spool/spool-account.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { surveySpool } from '../../src/spool/survey.js';
import { TypeCounts } from '../../src/spool/type-counts.js';
import { ownTypes } from '../../src/spool/type-table.js';
import { random } from './random.js';
import { drain, rowsTo } from './rows.js';
import { SimDisk, SimFiles } from './sim-files.js';

/** Three blocks of four rows make a segment. */
const OPTIONS = {
  policy: 'newest',
  size: 8 << 20,
  age: Infinity,
  segmentBytes: SEGMENT_HEAD_BYTES + ownTypes().bytes.length + 900,
} as const;
const NAME = (number: number) => `${String(number).padStart(16, '0')}.spool`;
const ROWS = 60;
const NEW = 1_000_000;

let base: SimDisk;
let segments: string[];

beforeAll(async () => {
  base = new SimDisk();
  const writer = await SpoolWriter.on(new SimFiles(base), OPTIONS);
  const row = rowsTo(writer);
  for (let id = 0; id < ROWS; id++) {
    row(id, 60);
    if (id % 4 === 3) writer.push();
    if (id % 12 === 11) await writer.idle();
  }
  await writer.finish();
  const reader = await SpoolReader.on(new SimFiles(base), { follow: false });
  const block = (await reader.next())!;
  reader.ack(block.first, 2);
  await reader.close();
  segments = [...base.names.keys()].filter((name) => name.endsWith('.spool')).sort();
});

/** Opens it, hands over one row, reads all that is there; says what is not as it should be. */
async function recover(disk: SimDisk): Promise<{ ids: number[]; damaged: number; forgotten: number }> {
  const writer = await SpoolWriter.on(new SimFiles(disk), OPTIONS);
  rowsTo(writer)(NEW);
  await writer.idle();
  const reader = await SpoolReader.on(new SimFiles(disk), { follow: false });
  const ids = await drain(reader);
  await reader.commit();
  const { checkpoint } = reader;
  expect(ids.at(-1)).toBe(NEW);
  expect(new Set(ids).size).toBe(ids.length);
  expect(checkpoint.lowest).toBe(writer.next);
  expect(spoolBreach(checkpoint, { counts: new TypeCounts(), damaged: 0 }, writer.next)).toBeNull();
  await reader.close();
  await writer.finish();
  return { ids: ids.slice(0, -1), damaged: checkpoint.damaged, forgotten: checkpoint.forgotten };
}

const all = Array.from({ length: ROWS - 2 }, (_, i) => i + 2);

test('as it was written', async () => {
  expect(segments.length).toBeGreaterThanOrEqual(3);
  expect((await surveySpool(new SimFiles(base.killed()))).damage).toEqual([]);
  expect(await recover(base.killed())).toEqual({ ids: all, damaged: 0, forgotten: 0 });
});

test('every prefix of a segment has exactly its whole blocks', () => {
  for (const name of segments.slice(1, 2)) {
    const { bytes } = base.names.get(name)!;
    const number = Number.parseInt(name, 10);
    const { blocks } = segmentStart(bytes, number);
    const ends = [...scanBlocks(bytes, blocks, bytes.length, number)].map(({ end }) => end);
    for (let length = blocks; length <= bytes.length; length++) {
      const whole = wholeEnd(bytes.subarray(0, length), blocks, number);
      expect(whole?.end).toBe(ends.filter((end) => end <= length).at(-1));
    }
    for (let length = 0; length < blocks; length++) {
      const start = segmentStart(bytes.subarray(0, length), number);
      expect(start.table).toBeNull();
      expect(wholeEnd(bytes.subarray(0, length), start.blocks, number)).toBeNull();
    }
  }
});

test('segments cut anywhere: what is whole is delivered, the rest counted', async () => {
  for (const name of [segments[1]!, segments.at(-1)!]) {
    const { length } = base.names.get(name)!.bytes;
    for (let cut = 0; cut < length; cut += cut < length - 1200 ? 1997 : 41) {
      const disk = base.killed();
      const node = disk.names.get(name)!;
      node.bytes = node.bytes.slice(0, cut);
      const { ids, damaged } = await recover(disk);
      expect(ids.length + damaged).toBe(all.length);
      expect(ids).toEqual(all.filter((id) => ids.includes(id)));
    }
  }
});

test('a bit flipped anywhere in the blocks costs one block, and no other record changes', () => {
  const name = segments[1]!;
  const number = Number.parseInt(name, 10);
  const bytes = base.names.get(name)!.bytes.slice();
  const { blocks } = segmentStart(bytes, number);
  const good = [...scanBlocks(bytes, blocks, bytes.length, number)];
  expect(good.length).toBeGreaterThanOrEqual(2);
  for (let at = blocks; at < bytes.length; at++) {
    bytes[at]! ^= 1 << (at & 7);
    const found = [...scanBlocks(bytes, blocks, bytes.length, number)];
    bytes[at]! ^= 1 << (at & 7);
    const whole = found.filter(({ kind }) => kind === 'block');
    expect(whole).toEqual(good.filter((block) => at < block.at || at >= block.end));
    expect(found.map(({ end, at }) => end - at).reduce((a, b) => a + b)).toBe(bytes.length - blocks);
  }
  for (let at = 0; at < blocks; at++) {
    bytes[at]! ^= 1 << (at & 7);
    expect(segmentStart(bytes, number).table).toBeNull();
    bytes[at]! ^= 1 << (at & 7);
  }
});

test('flips in any file of a spool are seen by the survey and cost at most one block', async () => {
  for (const name of [segments[1]!, segments.at(-1)!, 'checkpoint', 'synced', 'format']) {
    const { bytes } = base.names.get(name)!;
    // Behind the text of a slot there is nothing.
    const used = name === 'checkpoint' ? 24 + new DataView(bytes.buffer).getUint32(16, true) : bytes.length;
    for (let at = 0; at < used; at += name.endsWith('.spool') ? 503 : 7) {
      const disk = base.killed();
      disk.names.get(name)!.bytes[at]! ^= 0x10;
      if (name !== 'format')
        expect((await surveySpool(new SimFiles(disk.killed()))).damage, `${name} at ${at}`).not.toEqual([]);
      if (at % 5 !== 0) continue;
      const { ids, damaged, forgotten } = await recover(disk);
      // A slot less: what it said is done again.
      const again = name === 'checkpoint' ? 2 : 0;
      expect(ids.length + damaged + forgotten).toBeGreaterThanOrEqual(all.length);
      expect(ids.length + damaged).toBeLessThanOrEqual(all.length + again);
      expect(damaged).toBeLessThanOrEqual(4);
    }
  }
});

test('a checkpoint with any byte changed is none', () => {
  const { bytes } = base.names.get('checkpoint')!;
  for (const slot of [bytes.slice(0, SLOT_BYTES), bytes.slice(SLOT_BYTES)]) {
    const whole = decodeCheckpoint(slot);
    if (whole === null) continue;
    const used = 24 + new DataView(slot.buffer).getUint32(16, true);
    for (let at = 0; at < used; at++) {
      // The format number is told, not judged: it is part of the sum.
      slot[at]! ^= 1 << (at & 7);
      expect(decodeCheckpoint(slot), `byte ${at}`).toBeNull();
      slot[at]! ^= 1 << (at & 7);
    }
    expect(decodeCheckpoint(slot)).toEqual(whole);
  }
});

test('types that are damaged are those of another segment, or of this build', async () => {
  const disk = base.killed();
  for (const name of segments) disk.names.get(name)!.bytes[60]! ^= 1;
  expect(await recover(disk)).toMatchObject({ ids: all, damaged: 0 });
});

test('segments that are missing, empty, foreign, copies or of numbers to come', async () => {
  const cases: Record<string, (disk: SimDisk) => number> = {
    'one is gone': (disk) => {
      disk.names.delete(segments[1]!);
      return 12;
    },
    'the first is gone': (disk) => {
      disk.names.delete(segments[0]!);
      return 10;
    },
    'the last is gone': (disk) => {
      disk.names.delete(segments.at(-1)!);
      return 12;
    },
    'all are gone': (disk) => {
      for (const name of segments) disk.names.delete(name);
      return all.length;
    },
    'one is empty': (disk) => {
      disk.names.get(segments[1]!)!.bytes = new Uint8Array(0);
      return 12;
    },
    'an empty one to come': (disk) => {
      disk.create(NAME(99));
      return 0;
    },
    'noise to come': (disk) => {
      disk.create(NAME(99)).bytes = new Uint8Array(500).fill(7);
      return 0;
    },
    'a copy by another name': (disk) => {
      disk.create(NAME(77)).bytes = disk.names.get(segments[1]!)!.bytes;
      return 0;
    },
    'a number nobody writes': (disk) => {
      disk.create(NAME(9e15)).bytes = new Uint8Array(500);
      return 0;
    },
    'a note': (disk) => {
      disk.create('README').bytes = new Uint8Array(5);
      return 0;
    },
    'no checkpoint': (disk) => {
      disk.names.delete('checkpoint');
      return 0;
    },
    'no watermark': (disk) => {
      disk.names.delete('synced');
      return 0;
    },
    'no format': (disk) => {
      disk.names.delete('format');
      return 0;
    },
  };
  for (const [what, change] of Object.entries(cases)) {
    const disk = base.killed();
    const lost = change(disk);
    const { ids, damaged } = await recover(disk);
    expect({ what, lost: all.length - ids.filter((id) => id >= 2).length, damaged }).toEqual({
      what,
      lost,
      damaged: lost,
    });
  }
});

test('1,000 mutated directories are opened, read to the end, and add up', { timeout: 900_000 }, async () => {
  for (let seed = 1; seed <= 1000; seed++) {
    const pick = random(seed);
    const disk = base.killed();
    for (let i = 0; i <= pick(4); i++) mutate(disk, pick);
    const before = [...disk.names.keys()];
    const { ids } = await recover(disk).catch((cause: unknown) => {
      throw new Error(`seed ${seed} (${before.join(' ')})`, { cause });
    });
    expect(ids.every((id) => id < ROWS)).toBe(true);
  }
});

function mutate(disk: SimDisk, pick: (n: number) => number): void {
  const names = [...disk.names.keys()];
  const name = names[pick(names.length)];
  if (name === undefined) return;
  const node = disk.names.get(name)!;
  const { length } = node.bytes;
  const kinds: (() => void)[] = [
    () => disk.names.delete(name),
    () => (node.bytes = node.bytes.slice(0, pick(length + 1))),
    () => (node.bytes = new Uint8Array(length)),
    () => (node.bytes[pick(length || 1)] = pick(256)),
    () => node.bytes.fill(pick(256), pick(length + 1)),
    () => (node.bytes = new Uint8Array([...node.bytes, ...new Uint8Array(pick(3000)).fill(pick(256))])),
    () => disk.names.set(NAME(1 + pick(50)), { bytes: node.bytes.slice(), durable: node.bytes.slice(), pending: [] }),
    () => (node.bytes = new Uint8Array(pick(2000)).map(() => pick(256))),
    () => (disk.names.get(names[pick(names.length)]!)!.bytes = node.bytes.slice()),
  ];
  kinds[pick(kinds.length)]!();
}
