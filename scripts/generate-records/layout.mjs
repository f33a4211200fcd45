/**
 * Offsets and kernel values from a layout.gen.ts, which is itself generated from BTF. Read as text: this runs before
 * TypeScript is compiled.
 * @module
 */
import { readFileSync } from 'node:fs';

/** @returns {Record<string, any>} each exported object or number of the layout by its name. */
export function readLayout(path) {
  const text = readFileSync(path, 'utf8');
  const layout = {};
  for (const [, name, body] of text.matchAll(/^export const (\w+) = \{([^}]*)\} as const;$/gm)) {
    layout[name] = Object.fromEntries(
      [...body.matchAll(/^ {2}(\w+): (\d+),$/gm)].map(([, key, value]) => [key, Number(value)]),
    );
  }
  for (const [, name, value] of text.matchAll(/^export const (\w+) = (\d+);$/gm)) layout[name] = Number(value);
  return layout;
}

/** JavaScript that reads a struct's fields out of the words of `u32`, with `w` the index of its first word. */
export class Fields {
  /**
   * @param {Record<string, number>} offsets
   * @param {string} name of the struct, for messages
   */
  constructor(offsets, name) {
    this.offsets = offsets;
    this.name = name;
    this.shared = new Set();
  }

  offset(name) {
    const offset = this.offsets[name];
    if (offset === undefined) throw new Error(`${this.name} has no field ${name}`);
    return offset;
  }

  /** A 32-bit word of the field, by default its first. */
  word(name, index = 0) {
    const offset = this.offset(name);
    if (offset % 4 !== 0) throw new Error(`${name} is not aligned`);
    return `u32[w + ${offset / 4 + index}]!`;
  }

  /** A byte or half word of a word that `words` declares. */
  part(name, bits) {
    const offset = this.offset(name);
    const shift = 8 * (offset % 4);
    const word = `w${Math.floor(offset / 4)}`;
    this.shared.add(Math.floor(offset / 4));
    if (shift + bits === 32) return `${word} >>> ${shift}`;
    return shift === 0 ? `${word} & ${2 ** bits - 1}` : `(${word} >>> ${shift}) & ${2 ** bits - 1}`;
  }

  /** The microseconds of a boot time in ns: floor(ns / 1000) in doubles, since 2^32 = 4294967 * 1000 + 296. */
  micros(name) {
    const [lo, hi] = [this.word(name, 0), this.word(name, 1)];
    return `${hi} * 4294967 + Math.floor((${hi} * 296 + ${lo}) / 1000)`;
  }

  /** Declarations of the words that `part` was asked for: each is read once. */
  words() {
    return [...this.shared].sort((a, b) => a - b).map((index) => `const w${index} = u32[w + ${index}]!;`);
  }
}
