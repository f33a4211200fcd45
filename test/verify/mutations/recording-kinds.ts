import { crc32 } from 'node:zlib';
import { flip, type Kind, type Random } from './kind.js';

const PREAMBLE = 24;
const BLOCK_HEAD = 24;
const TRAILER = 32;

type Pieces = readonly Buffer[];

/** Where the blocks of a recording begin, and the trailer. */
function startsOf(bytes: Buffer): number[] {
  const starts: number[] = [];
  let at = PREAMBLE + ((bytes.readUInt32LE(12) + 7) & ~7);
  for (; at < bytes.length - TRAILER; at += BLOCK_HEAD + bytes.readUInt32LE(at + 4)) starts.push(at);
  return [...starts, at];
}

/** Kinds of damage to one recording. */
export function recordingKinds(whole: Buffer): readonly Kind<Pieces>[] {
  const starts = startsOf(whole);
  const block = (random: Random): [number, number] => {
    const at = random(starts.length - 1);
    return [starts[at]!, starts[at + 1]!];
  };
  return [
    { title: 'any bit flipped', found: 'all', tries: 40, damage: (_, random) => [flip(whole, random)] },
    {
      title: 'cut short',
      found: 'all',
      tries: 20,
      damage: (_, random) => [whole.subarray(0, random(whole.length))],
    },
    {
      title: 'a block removed',
      found: 'all',
      tries: 6,
      damage: (_, random) => {
        const [from, to] = block(random);
        return [whole.subarray(0, from), whole.subarray(to)];
      },
    },
    {
      title: 'a block twice',
      found: 'all',
      tries: 6,
      damage: (_, random) => {
        const [, to] = block(random);
        return [whole.subarray(0, to), whole.subarray(...block(random)), whole.subarray(to)];
      },
    },
    { title: 'bytes added', found: 'all', tries: 4, damage: (_, random) => [whole, Buffer.alloc(1 + random(99))] },
    {
      title: 'a block and its checksums made anew',
      found: 'none',
      tries: 6,
      damage: (_, random) => [withAnotherName(whole, starts, random)],
    },
  ];
}

/** One letter of a process name changed, in a copy whose checksums its own writer could have made. */
function withAnotherName(whole: Buffer, starts: readonly number[], random: Random): Buffer {
  const copy = Buffer.from(whole);
  const places: number[] = [];
  for (let at = copy.indexOf('shop\0'); at >= 0; at = copy.indexOf('shop\0', at + 1)) places.push(at);
  copy.write('stop', places[random(places.length)]!);
  const blocks = starts.slice(0, -1);
  for (const at of blocks) {
    const frames = copy.subarray(at + BLOCK_HEAD, at + BLOCK_HEAD + copy.readUInt32LE(at + 4));
    copy.writeUInt32LE(crc32(frames, crc32(copy.subarray(at, at + 16))), at + 16);
  }
  const trailer = starts.at(-1)!;
  const sums = Buffer.concat(blocks.map((at) => copy.subarray(at + 16, at + 20)));
  copy.writeUInt32LE(crc32(sums), trailer + 24);
  copy.writeUInt32LE(crc32(copy.subarray(trailer, trailer + 28)), trailer + 28);
  return copy;
}
