import type { Container, Output, Tree } from './base.js';
import { type Found, flip, type Kind, pick, type Random } from './kind.js';
import { bytesOf, editAddress, recompute, recomputeAll, remove, rename } from './tree-edits.js';

type Edit = (tree: Tree, output: Output, random: Random) => boolean | undefined;

function kind(title: string, found: Found, edit: Edit, tries = 12): Kind<Output> {
  return {
    title,
    found,
    tries,
    damage(output, random) {
      const tree: Tree = new Map(output.tree);
      return edit(tree, output, random) === false ? null : { ...output, tree };
    },
  };
}

const all = ({ runs }: Output): Container[] => runs.flat();
const any = (output: Output, random: Random): Container => pick(all(output), random);
const plain = (output: Output): Container[] =>
  all(output).filter(({ codec, record }) => codec === 'null' && record === 'connection');

/** The connection file behind which nothing comes, neither in its series nor in a later run. */
function lastConnections({ runs }: Output): Container {
  return runs.at(-1)!.findLast(({ record }) => record === 'connection')!;
}

/** Whether some header tells of the last bytes of the file. */
function isToldOf(output: Output, file: Container): boolean {
  return file.run !== output.runs.at(-1)![0]!.run || file.name !== lastConnections(output).name;
}

function otherTime(name: string, random: Random): string {
  return name.replace(/T\d{6}/, `T${String(random(240_000)).padStart(6, '0')}`);
}

/** Exchanges two blocks of a container. */
function exchangeBlocks(tree: Tree, { name, ends }: Container, random: Random): number[] | null {
  if (ends.length < 3) return null;
  const bytes = bytesOf(tree, name);
  const at = random(ends.length - 2);
  const [a, b, c] = [ends[at]!, ends[at + 1]!, ends[at + 2]!];
  tree.set(name, Buffer.concat([bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c)]));
  return ends.with(at + 1, a + c - b);
}

export const DIRECTORY_KINDS: readonly Kind<Output>[] = [
  kind(
    'a bit of a container flipped',
    'all',
    (tree, output, random) => {
      const { name } = any(output, random);
      tree.set(name, flip(bytesOf(tree, name), random));
    },
    60,
  ),
  kind('bytes of a container overwritten', 'all', (tree, output, random) => {
    const { name } = any(output, random);
    const bytes = Buffer.from(bytesOf(tree, name));
    const at = random(bytes.length - 8);
    for (let i = at; i < at + 8; i++) bytes[i]! ^= 1 + random(255);
    tree.set(name, bytes);
  }),
  kind('a container cut short', 'all', (tree, output, random) => {
    const { name } = any(output, random);
    const bytes = bytesOf(tree, name);
    tree.set(name, bytes.subarray(0, random(bytes.length)));
  }),
  kind(
    'a container and its checksums cut short between two blocks',
    'all',
    (tree, output, random) => {
      const file = any(output, random);
      const ends = file.ends.slice(0, 1 + random(file.ends.length - 1));
      tree.set(file.name, bytesOf(tree, file.name).subarray(0, ends.at(-1)));
      recompute(tree, file, ends);
    },
    20,
  ),
  kind('bytes added to a container', 'all', (tree, output, random) => {
    const { name } = any(output, random);
    tree.set(name, Buffer.concat([bytesOf(tree, name), Buffer.alloc(1 + random(100), random(256))]));
  }),
  kind(
    'a bit of a checksum file flipped',
    'all',
    (tree, output, random) => {
      const name = `${any(output, random).name}.crc32`;
      tree.set(name, flip(bytesOf(tree, name), random));
    },
    30,
  ),
  kind('a checksum file cut short', 'all', (tree, output, random) => {
    const name = `${any(output, random).name}.crc32`;
    const bytes = bytesOf(tree, name);
    tree.set(name, bytes.subarray(0, random(bytes.length)));
  }),
  kind('a checksum file removed', 'all', (tree, output, random) => {
    tree.delete(`${any(output, random).name}.crc32`);
  }),
  kind('an address changed and the checksum file removed', 'all', (tree, output, random) => {
    const file = pick(plain(output), random);
    tree.delete(`${file.name}.crc32`);
    return editAddress(tree, file, random);
  }),
  kind('a container removed', 'all', (tree, output, random) => {
    tree.delete(any(output, random).name);
  }),
  kind('a container and its checksums removed', 'all', (tree, output, random) => {
    remove(tree, any(output, random));
  }),
  kind('two containers exchanged, with their checksums', 'all', (tree, output, random) => {
    const [a, b] = [any(output, random).name, any(output, random).name];
    if (a === b) return false;
    for (const suffix of ['', '.crc32']) {
      tree.set(a + suffix, output.tree.get(b + suffix)!);
      tree.set(b + suffix, output.tree.get(a + suffix)!);
    }
    return true;
  }),
  kind('a container under the name of another time', 'all', (tree, output, random) => {
    const file = any(output, random);
    rename(tree, file, otherTime(file.name, random));
  }),
  kind('a container under another number', 'all', (tree, output, random) => {
    const file = any(output, random);
    rename(tree, file, file.name.replace(/-\d{6}\./, `-${String(100 + random(9)).padStart(6, '0')}.`));
  }),
  kind("a container under another series' name", 'all', (tree, output, random) => {
    const file = any(output, random);
    rename(tree, file, file.name.replace(file.record, file.record === 'ledger' ? 'connection' : 'ledger'));
  }),
  kind('a container twice, under two names', 'all', (tree, output, random) => {
    const { name } = any(output, random);
    for (const suffix of ['', '.crc32']) tree.set(otherTime(name, random) + suffix, output.tree.get(name + suffix)!);
  }),
  kind('two blocks of a container exchanged', 'all', (tree, output, random) => {
    if (exchangeBlocks(tree, any(output, random), random) === null) return false;
    return true;
  }),
  kind('the same, and all checksums computed again', 'all', (tree, output, random) => {
    const file = any(output, random);
    const ends = exchangeBlocks(tree, file, random);
    if (ends === null) return false;
    recomputeAll(tree, { ...file, ends }, all(output));
    return true;
  }),
  kind(
    'an address changed and the checksum file computed again, another file or run after it',
    'all',
    (tree, output, random) => {
      const file = pick(
        plain(output).filter((each) => isToldOf(output, each)),
        random,
      );
      if (!editAddress(tree, file, random)) return false;
      recompute(tree, file, file.ends);
      return true;
    },
  ),
  kind('a run removed, another one after it', 'all', (tree, output, random) => {
    for (const file of output.runs[random(output.runs.length - 1)]!) remove(tree, file);
  }),
  kind('a pipe, a link or a folder in place of a file', 'all', (tree, output, random) => {
    const { name } = any(output, random);
    tree.set(name + pick(['', '.crc32'], random), pick(['pipe', 'link', 'folder'] as const, random));
  }),
  kind(
    'a file of another kind added',
    'all',
    (tree, _output, random) => {
      tree.set(pick(['notes.txt', 'connection-1.avro', 'x.crc32'], random), Buffer.from('x'));
    },
    6,
  ),
  kind(
    'a value changed and the checksum file computed again, in the last file of its series, no run after it',
    'none',
    (tree, output, random) => {
      const file = lastConnections(output);
      if (!editAddress(tree, file, random)) return false;
      recompute(tree, file, file.ends);
      return true;
    },
  ),
  kind('a value changed and everything computed again that tells of it', 'none', (tree, output, random) => {
    const file = pick(plain(output), random);
    if (!editAddress(tree, file, random)) return false;
    recomputeAll(tree, file, all(output));
    return true;
  }),
  kind(
    'the last run removed',
    'none',
    (tree, output) => {
      for (const file of output.runs.at(-1)!) remove(tree, file);
    },
    2,
  ),
  kind(
    'a whole run of another directory added',
    'none',
    (tree, { stranger }) => {
      for (const [name, bytes] of stranger) tree.set(name, bytes);
      return true;
    },
    2,
  ),
  kind(
    'a hidden file added',
    'none',
    (tree) => {
      tree.set('.hidden', Buffer.from('x'));
    },
    2,
  ),
];
