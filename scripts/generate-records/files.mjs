/**
 * The generated files: contents by path, relative to the root of the repository.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { avroEncoder } from './avro-encoder.mjs';
import { connectionSources } from './connection-sources.mjs';
import { docsFile } from './docs.mjs';
import { jsonWriter } from './json-writer.mjs';
import { readLayout } from './layout.mjs';
import { objectEncoders } from './object-encoder.mjs';
import { namedNodes, readSchema } from './schema.mjs';
import { header, indent } from './text.mjs';
import { typesFile } from './types.mjs';

const GENERATED = 'src/avro/generated';
/** The last four-byte store of a record may reach this far beyond it. */
const OVERHANG = 4;

/** Numeric constants of the hand-written modules that bound what they write. */
function readConstants(root) {
  const constants = {};
  for (const file of [
    'varint',
    'decimal',
    'address-text',
    'safe-text',
    'json-text',
    'time-text',
    'connection-source',
  ]) {
    const text = readFileSync(join(root, `src/avro/${file}.ts`), 'utf8');
    for (const [, name, value] of text.matchAll(/^export const ([A-Z0-9_]+) = (\w+);$/gm))
      constants[name] = Number(value);
  }
  return constants;
}

function imports(lines, from) {
  const code = lines.join('\n');
  return Object.entries(from).flatMap(([module, names]) => {
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(code)).sort();
    return used.length === 0 ? [] : [`import { ${used.join(', ')} } from '../${module}.js';`];
  });
}

const HELPERS = {
  'address-text': ['OCTET_LENGTH', 'OCTET_TEXT', 'putIpv4', 'putIpv6'],
  decimal: ['putDecimal', 'putDecimalLong', 'putDecimalNumber'],
  'json-text': ['putJsonName'],
  'process-name': ['nameEnd', 'putAvroName'],
  'record-prefix': ['emptyPrefix', 'fillAvroPrefix', 'fillJsonPrefix'],
  'string-output': ['putAscii', 'putAvroString', 'putJsonString'],
  'time-text': ['putTime'],
  varint: ['putLong', 'putNumber'],
  'wide-output': ['wideView'],
};

/** Declares only the working variables that the code uses. */
function variables(lines) {
  const code = lines.join('\n');
  const used = ['n', 'o', 't', 'v'].filter((name) => new RegExp(`\\b${name} = `).test(code));
  return used.map((name) => `let ${name} = 0;`);
}

function connectionFile({ code, preamble, name, doc, maximum, bound, fill }) {
  const body = [
    'const u8 = s.u8;',
    'const u32 = s.u32;',
    'const w = s.base >>> 2;',
    'const view = wideView(out);',
    'let p = pos;',
    ...variables(code),
    `if (prefix.host !== s.host || prefix.bootId !== s.bootId) ${fill}(prefix, s);`,
    'const words = prefix.words;',
    'for (let i = 0; i < words.length; i++) view.setUint32(p + 4 * i, words[i]!, true);',
    'p += prefix.length;',
    ...preamble,
    ...code,
    'return p;',
  ];
  return [
    ...header('schemas/connection.avsc and src/kernel/layout.gen.ts'),
    "import type { ConnectionSource } from '../connection-source.js';",
    ...imports(body.concat(`${fill} emptyPrefix`), HELPERS),
    '',
    '/** Most bytes that one call writes, what a four-byte store may touch behind the record included. */',
    `export const ${maximum} = ${bound};`,
    '',
    'const prefix = emptyPrefix();',
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

function ledgerFile(root, constants) {
  const { avro, json, avroBound, jsonBound } = objectEncoders('ledger', root, constants);
  const names = constants.MAX_HOST_BYTES + constants.MAX_BOOT_ID_BYTES;
  const write = (name, what, lines) => [
    `/** Writes the record as ${what} at \`pos\`; returns the position behind it. */`,
    `export function ${name}(out: Uint8Array, pos: number, record: Ledger): number {`,
    '  let p = pos;',
    ...indent(lines),
    '  return p;',
    '}',
    '',
  ];
  const code = [...avro, ...json];
  return [
    ...header('schemas/ledger.avsc'),
    ...imports(code, HELPERS),
    "import type { Ledger } from './ledger.js';",
    '',
    '/** Most bytes of a ledger record whose host and boot_id keep to MAX_HOST_BYTES and MAX_BOOT_ID_BYTES. */',
    `export const MAX_LEDGER_BYTES = ${avroBound + names};`,
    `export const MAX_LEDGER_JSON_BYTES = ${jsonBound + 6 * names};`,
    '',
    ...write('encodeLedger', 'Avro binary', avro),
    ...write('writeLedgerJson', 'one line of NDJSON', json),
  ].join('\n');
}

function schemasFile(schemas) {
  const lines = schemas.flatMap(({ name, schema }) => [
    `/** \`schemas/${name}.avsc\`. */`,
    `export const ${name.toUpperCase()}_SCHEMA = ${JSON.stringify(JSON.stringify(schema))};`,
    '',
  ]);
  return [...header('schemas/*.avsc'), ...lines].join('\n');
}

/** @returns {Map<string, string>} */
export function generatedFiles(root) {
  const layout = readLayout(join(root, 'src/kernel/layout.gen.ts'));
  const constants = readConstants(root);
  const connection = readSchema(join(root, 'schemas/connection.avsc'));
  const ledger = readSchema(join(root, 'schemas/ledger.avsc'));
  const enums = new Map(namedNodes(connection.node).map((node) => [node.name, node]));
  const sources = connectionSources(layout, enums);
  const avro = avroEncoder(connection.node, sources, constants);
  const json = jsonWriter(connection.node, sources, constants);
  const names = constants.MAX_HOST_BYTES + constants.MAX_BOOT_ID_BYTES;
  const schemas = [
    { name: 'connection', ...connection },
    { name: 'ledger', ...ledger },
  ];
  const about = (what, maximum) => [
    `Writes the connection as ${what} at \`pos\`; returns the position behind it. No bounds are checked: \`out\` has at least`,
    `${maximum} bytes from \`pos\` on.`,
  ];
  return new Map([
    [`${GENERATED}/connection.ts`, typesFile('connection', connection.node)],
    [`${GENERATED}/ledger.ts`, typesFile('ledger', ledger.node)],
    [`${GENERATED}/schemas.ts`, schemasFile(schemas)],
    [
      `${GENERATED}/connection-encoder.ts`,
      connectionFile({
        code: avro.lines,
        preamble: sources.preamble,
        name: 'encodeConnection',
        doc: about('Avro binary', 'MAX_CONNECTION_BYTES'),
        maximum: 'MAX_CONNECTION_BYTES',
        bound: avro.bound + names + 4 + OVERHANG,
        fill: 'fillAvroPrefix',
      }),
    ],
    [
      `${GENERATED}/connection-json.ts`,
      connectionFile({
        code: json.lines,
        preamble: sources.preamble,
        name: 'writeConnectionJson',
        doc: about('one line of NDJSON', 'MAX_CONNECTION_JSON_BYTES'),
        maximum: 'MAX_CONNECTION_JSON_BYTES',
        bound: json.bound + 6 * names + 60 + OVERHANG,
        fill: 'fillJsonPrefix',
      }),
    ],
    [`${GENERATED}/ledger-encoder.ts`, ledgerFile(ledger.node, constants)],
    ['docs/records.md', docsFile(schemas)],
  ]);
}
