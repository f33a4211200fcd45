import { crc32 } from 'node:zlib';
import type { Container, Tree } from './base.js';

export function bytesOf(tree: Tree, name: string): Buffer {
  return tree.get(name) as Buffer;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** Writes the checksums of a container again, as its own writer would have; returns the last before and after. */
export function recompute(tree: Tree, { name }: Container, ends: readonly number[]): [before: string, after: string] {
  const bytes = bytesOf(tree, name);
  const before = bytesOf(tree, `${name}.crc32`).toString().trimEnd().slice(-40).split('\n').at(-1)!.slice(0, 8);
  const lines = ends.map((end) => `${hex(crc32(bytes.subarray(0, end)))} ${end}`);
  tree.set(`${name}.crc32`, Buffer.from(`${lines.join('\n')}\n`));
  return [before, lines.at(-1)!.slice(0, 8)];
}

/** The same, and whatever any header says of the file, and so on: nothing is left to tell. */
export function recomputeAll(tree: Tree, container: Container, all: readonly Container[]): void {
  const [before, after] = recompute(tree, container, container.ends);
  if (before === after) return;
  for (const other of all) {
    const bytes = bytesOf(tree, other.name);
    const copy = Buffer.from(bytes);
    for (let at = copy.indexOf(`"crc32":"${before}"`); at >= 0; at = copy.indexOf(`"crc32":"${before}"`))
      copy.write(after, at + 9);
    if (copy.equals(bytes)) continue;
    tree.set(other.name, copy);
    recomputeAll(tree, other, all);
  }
}

/** Changes an address in a container that is not compressed: as many bytes, still an address. False when it has none. */
export function editAddress(tree: Tree, { name, ends }: Container, random: (below: number) => number): boolean {
  const bytes = Buffer.from(bytesOf(tree, name));
  const places: number[] = [];
  for (let at = bytes.indexOf('192.0.2.', ends[0]); at >= 0; at = bytes.indexOf('192.0.2.', at + 1)) places.push(at);
  if (places.length === 0) return false;
  bytes.write('193', places[random(places.length)]!);
  tree.set(name, bytes);
  return true;
}

/** Takes a container and its checksums away. */
export function remove(tree: Tree, { name }: Container): void {
  tree.delete(name);
  tree.delete(`${name}.crc32`);
}

/** Another name for a container and its checksums. */
export function rename(tree: Tree, { name }: Container, to: string): void {
  for (const suffix of ['', '.crc32']) {
    tree.set(to + suffix, tree.get(name + suffix)!);
    tree.delete(name + suffix);
  }
}
