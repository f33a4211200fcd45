import { readLong } from '../../../src/encoding/long-input.js';
import { type Found, flip, type Kind, pick, type Random } from './kind.js';

/** A stream in pieces: lines with their ends, or header and blocks. */
type Pieces = readonly Buffer[];

function kind(title: string, found: Found, tries: number, damage: Kind<Pieces>['damage']): Kind<Pieces> {
  return { title, found, tries, damage };
}

export function linesOf(ndjson: Buffer): Buffer[] {
  return ndjson
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(`${line}\n`));
}

/** Header and blocks of a container whose sync marker is known. */
export function blocksOf(avro: Buffer, sync: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  let end = avro.indexOf(sync) + sync.length;
  while (at < avro.length) {
    pieces.push(avro.subarray(at, end));
    at = end;
    if (at === avro.length) break;
    const size = readLong(avro, readLong(avro, at)!.end)!;
    end = size.end + size.value + sync.length;
  }
  return pieces;
}

/** Kinds for both forms; `first` is the first piece that may be moved. */
function moves(first: number, piece: string): Kind<Pieces>[] {
  const index = (pieces: Pieces, random: Random): number => first + random(pieces.length - first);
  return [
    kind(`a ${piece} removed`, 'all', 40, (pieces, random) => pieces.toSpliced(index(pieces, random), 1)),
    kind(`a ${piece} twice`, 'all', 40, (pieces, random) => {
      const at = index(pieces, random);
      return pieces.toSpliced(at, 0, pieces[at]!);
    }),
    kind(`two ${piece}s exchanged`, 'all', 40, (pieces, random) => {
      const [a, b] = [index(pieces, random), index(pieces, random)];
      return a === b ? null : pieces.with(a, pieces[b]!).with(b, pieces[a]!);
    }),
    kind('cut short', 'all', 40, (pieces, random) => {
      const bytes = Buffer.concat(pieces as Buffer[]);
      return [bytes.subarray(0, random(bytes.length))];
    }),
    kind(`cut short between two ${piece}s`, 'all', 20, (pieces, random) => pieces.slice(0, index(pieces, random))),
    kind('the same output twice, one behind the other', 'all', 1, (pieces) => [...pieces, ...pieces.slice(first)]),
    kind('any bit flipped', 'some', 150, (pieces, random) => [flip(Buffer.concat(pieces as Buffer[]), random)]),
  ];
}

export const NDJSON_KINDS: readonly Kind<Pieces>[] = [
  ...moves(0, 'line'),
  kind('a name of a member changed', 'all', 40, (pieces, random) => {
    const at = random(pieces.length);
    const names = [...pieces[at]!.toString().matchAll(/"(\w+)":/g)];
    const { index } = pick(names, random);
    const copy = Buffer.from(pieces[at]!);
    copy.write('X', index + 1);
    return pieces.with(at, copy);
  }),
  kind('blanks between members', 'none', 3, (pieces, random) => {
    const at = random(pieces.length);
    return pieces.with(at, Buffer.from(pieces[at]!.toString().replace(',', ', ')));
  }),
];

export const AVRO_KINDS: readonly Kind<Pieces>[] = moves(1, 'block');
