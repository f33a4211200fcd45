/**
 * The files of the encoders of a record that is read out of a struct's bytes: function, declarations and imports around generated lines.
 * @module
 */
import { header, imports, indent } from './text.mjs';

/** Stores of eight bytes may reach this far beyond what they belong to. */
const OVERHANG = 64;

/** By kind of file: how its function is called, what it promises, what it takes the start of the record from. */
function kinds({ name, type, constant, fast }) {
  const doc = (what, maximum) => [
    `Writes the record as ${what} at \`pos\`; returns the position behind it. No bounds are checked: \`out\` has at least`,
    `${maximum} bytes from \`pos\` on${fast ? ', and no more than 1 GiB' : ''}; those behind the record may be overwritten.`,
  ];
  const most = `MAX_${constant}_BYTES`;
  const mostJson = `MAX_${constant}_JSON_BYTES`;
  return {
    fast: { name: `encode${type}`, doc: doc('Avro binary', most), fill: 'fillAvroPrefix(prefix, s)' },
    general: {
      name: fast ? `encode${type}General` : `encode${type}`,
      doc: fast
        ? [`The same bytes as \`encode${type}\` for any record, at half its speed: what it leaves to this one is rare.`]
        : doc('Avro binary', most),
      fill: 'fillAvroPrefix(prefix, s)',
      maximum: most,
    },
    json: {
      name: `write${type}Json`,
      doc: doc('one line of NDJSON', mostJson),
      fill: `fillJsonPrefix(prefix, s, '${name}')`,
      maximum: mostJson,
    },
  };
}

/** Declares only the working variables that the code uses and the preamble does not have. */
function variables(lines, preamble) {
  const uses = (text, name) => new RegExp(`\\b${name} = `).test(text);
  const [code, before] = [lines.join('\n'), preamble.join('\n')];
  const used = ['a', 'b', 'hi', 'lo', 'n', 'o', 't', 'v'].filter((name) => uses(code, name) && !uses(before, name));
  return used.map((name) => `let ${name} = 0;`);
}

/**
 * @param {'fast' | 'general' | 'json'} kind
 * @param {{preamble: string[], prepare: string[]}} sources
 * @param {number} [bound] most bytes, without what stores may overwrite behind them
 * @param {number[]} [table] bytes of the doubles that the code knows as `texts`
 */
export function structFile(kind, record, { preamble, prepare }, code, bound, table = []) {
  const { type, constant, input, folder } = record;
  const { name, doc, fill, maximum } = kinds(record)[kind];
  const words = [...preamble, ...(kind === 'fast' ? prepare : []), ...code].join('\n');
  const uses = (word) => new RegExp(`\\b${word}\\b`).test(words);
  const general = `${record.file}-encoder-general`;
  // Of the ends of a connection: only what is fast looks addresses up.
  const caches = kind === 'fast' && prepare.some((line) => line.includes('local.slot'));
  const body = [
    ...(uses('u8') ? ['const u8 = s.u8;'] : []),
    ...(uses('u32') ? ['const u32 = s.u32;'] : []),
    ...(uses('w') ? ['const w = s.base >>> 2;'] : []),
    ...(table.length > 0 ? ['const texts = TEXTS;'] : []),
    ...preamble,
    ...(kind === 'fast' ? prepare : []),
    `if (prefix.host !== s.host || prefix.bootId !== s.bootId || prefix.run !== s.run) ${fill};`,
    'const view = wideView(out);',
    `let p = pos${kind === 'fast' ? ' & 0x3fffffff' : ''};`,
    ...variables(code, preamble),
    'const doubles = prefix.doubles;',
    // The usual length without a loop.
    ...Array.from({ length: 8 }, (_, i) => `view.setFloat64(p${i === 0 ? '' : ` + ${8 * i}`}, doubles[${i}]!, true);`),
    'for (let i = 8; i < doubles.length; i++) view.setFloat64(p + 8 * i, doubles[i]!, true);',
    kind === 'fast' ? 'p = (p + prefix.length) & 0x3fffffff;' : 'p += prefix.length;',
    ...code,
    'return p;',
  ];
  return [
    ...header(`schemas/${record.name}.avsc, its map and ${record.layout}`),
    `import type { ${input.type} } from '${input.from}';`,
    ...(kind === 'fast' ? [`import { encode${type}General } from './${general}.js';`] : []),
    ...imports(body.concat('emptyPrefix', caches ? 'AddressCache' : [], table.length > 0 ? 'wideText' : []), folder),
    '',
    ...(kind === 'fast' ? [`export { MAX_${constant}_BYTES } from './${general}.js';`, ''] : []),
    ...(maximum
      ? ['/** Most bytes that one call writes or overwrites. */', `export const ${maximum} = ${bound + OVERHANG};`, '']
      : []),
    ...(table.length > 0
      ? [
          '/** Keys and punctuation, eight bytes in each double. */',
          `const TEXTS = wideText(new TextEncoder().encode(${JSON.stringify(String.fromCharCode(...table))}), 0);`,
        ]
      : []),
    'const prefix = emptyPrefix();',
    ...(caches ? ['const local = new AddressCache(8);', 'const remote = new AddressCache(13);'] : []),
    '',
    '/**',
    ...doc.map((line) => ` * ${line}`),
    ' */',
    `export function ${name}(out: Uint8Array, pos: number, s: ${input.type}): number {`,
    ...indent(body),
    '}',
    '',
  ].join('\n');
}
