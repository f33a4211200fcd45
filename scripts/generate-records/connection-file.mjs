/**
 * The files of the connection encoders: function, declarations and imports around generated lines.
 * @module
 */
import { header, imports, indent } from './text.mjs';

/** Stores of eight bytes may reach this far beyond what they belong to. */
const OVERHANG = 64;

const KINDS = {
  fast: {
    name: 'encodeConnection',
    doc: [
      'Writes the connection as Avro binary at `pos`; returns the position behind it. No bounds are checked: `out` has at least',
      'MAX_CONNECTION_BYTES bytes from `pos` on, and no more than 1 GiB; those behind the record may be overwritten.',
    ],
    fill: 'fillAvroPrefix',
  },
  general: {
    name: 'encodeConnectionGeneral',
    doc: [
      'The same bytes as `encodeConnection` for any record, at half its speed: what it leaves to this one is rare.',
    ],
    fill: 'fillAvroPrefix',
    maximum: 'MAX_CONNECTION_BYTES',
  },
  json: {
    name: 'writeConnectionJson',
    doc: [
      'Writes the connection as one line of NDJSON at `pos`; returns the position behind it. No bounds are checked: `out` has at least',
      'MAX_CONNECTION_JSON_BYTES bytes from `pos` on; those behind the line may be overwritten.',
    ],
    fill: 'fillJsonPrefix',
    maximum: 'MAX_CONNECTION_JSON_BYTES',
  },
};

/** Declares only the working variables that the code uses. */
function variables(lines) {
  const code = lines.join('\n');
  const used = ['a', 'b', 'n', 'o', 't', 'v'].filter((name) => new RegExp(`\\b${name} = `).test(code));
  return used.map((name) => `let ${name} = 0;`);
}

/**
 * @param {'fast' | 'general' | 'json'} kind
 * @param {{preamble: string[], prepare: string[]}} sources
 * @param {number} [bound] most bytes, without what stores may overwrite behind them
 * @param {number[]} [table] bytes of the doubles that the code knows as `texts`
 */
export function connectionFile(kind, { preamble, prepare }, code, bound, table = []) {
  const { name, doc, fill, maximum } = KINDS[kind];
  const uses = (word) => new RegExp(`\\b${word}\\b`).test(code.join('\n'));
  const body = [
    ...(uses('u8') ? ['const u8 = s.u8;'] : []),
    'const u32 = s.u32;',
    'const w = s.base >>> 2;',
    ...(table.length > 0 ? ['const texts = TEXTS;'] : []),
    ...preamble,
    ...(kind === 'fast' ? prepare : []),
    `if (prefix.host !== s.host || prefix.bootId !== s.bootId) ${fill}(prefix, s);`,
    'const view = wideView(out);',
    `let p = pos${kind === 'fast' ? ' & 0x3fffffff' : ''};`,
    ...variables(code),
    'const doubles = prefix.doubles;',
    // The usual length without a loop.
    ...Array.from({ length: 8 }, (_, i) => `view.setFloat64(p${i === 0 ? '' : ` + ${8 * i}`}, doubles[${i}]!, true);`),
    'for (let i = 8; i < doubles.length; i++) view.setFloat64(p + 8 * i, doubles[i]!, true);',
    kind === 'fast' ? 'p = (p + prefix.length) & 0x3fffffff;' : 'p += prefix.length;',
    ...code,
    'return p;',
  ];
  return [
    ...header('schemas/connection.avsc and src/frames/layout.gen.ts'),
    "import type { ConnectionSource } from '../connection-source.js';",
    ...(kind === 'fast' ? ["import { encodeConnectionGeneral } from './connection-encoder-general.js';"] : []),
    ...imports(
      body.concat(
        'emptyPrefix',
        kind === 'fast' ? [...prepare, 'AddressCache'] : [],
        table.length > 0 ? 'wideText' : [],
      ),
    ),
    '',
    ...(kind === 'fast' ? ["export { MAX_CONNECTION_BYTES } from './connection-encoder-general.js';", ''] : []),
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
    ...(kind === 'fast' ? ['const local = new AddressCache(8);', 'const remote = new AddressCache(13);'] : []),
    '',
    '/**',
    ...doc.map((line) => ` * ${line}`),
    ' */',
    `export function ${name}(out: Uint8Array, pos: number, s: ConnectionSource): number {`,
    ...indent(body),
    '}',
    '',
  ].join('\n');
}
