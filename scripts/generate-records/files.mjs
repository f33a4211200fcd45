/**
 * The generated files: contents by path, relative to the root of the repository.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { avroFast } from './avro-fast.mjs';
import { avroGeneral } from './avro-general.mjs';
import { connectionFile } from './connection-file.mjs';
import { connectionSources } from './connection-sources.mjs';
import { docsFile } from './docs.mjs';
import { jsonWriter } from './json-writer.mjs';
import { readLayout } from './layout.mjs';
import { objectEncoders } from './object-encoder.mjs';
import { namedNodes, readSchema } from './schema.mjs';
import { header, imports, indent } from './text.mjs';
import { typesFile } from './types.mjs';

/** Each record's types and encoders stand in the room that makes it. */
const CONNECTION = 'src/connections/generated';
const LEDGER = 'src/ledger/generated';
const OUTPUT = 'src/sinks/generated';

/** Numeric constants of the hand-written modules that bound what they write. */
function readConstants(root) {
  const constants = {};
  for (const file of [
    'encoding/varint',
    'encoding/decimal',
    'encoding/address-text',
    'encoding/safe-text',
    'encoding/json-text',
    'encoding/time-text',
    'encoding/record-identity',
    'connections/connection-source',
  ]) {
    const text = readFileSync(join(root, `src/${file}.ts`), 'utf8');
    for (const [, name, value] of text.matchAll(/^export const ([A-Z0-9_]+) = (\w+);$/gm))
      constants[name] = Number(value);
  }
  return constants;
}

/** Encoders of a record that is a plain object: `name` of its schema, `type` of its objects. */
function objectFile(name, type, root, constants) {
  const { avro, json, avroBound, jsonBound } = objectEncoders(name, root, constants);
  const upper = name.toUpperCase();
  const names = constants.MAX_HOST_BYTES + constants.MAX_BOOT_ID_BYTES;
  const write = (functionName, what, lines) => [
    `/** Writes the record as ${what} at \`pos\`; returns the position behind it. */`,
    `export function ${functionName}(out: Uint8Array, pos: number, record: ${type}): number {`,
    '  let p = pos;',
    ...indent(lines),
    '  return p;',
    '}',
    '',
  ];
  const code = [...avro, ...json];
  return [
    ...header(`schemas/${name}.avsc`),
    ...imports(code),
    `import type { ${type} } from './${name}.js';`,
    '',
    '/** Most bytes of a record whose host and boot_id keep to MAX_HOST_BYTES and MAX_BOOT_ID_BYTES. */',
    `export const MAX_${upper}_BYTES = ${avroBound + names};`,
    `export const MAX_${upper}_JSON_BYTES = ${jsonBound + 6 * names};`,
    '',
    ...write(`encode${type}`, 'Avro binary', avro),
    ...write(`write${type}Json`, 'one line of NDJSON', json),
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
  const layout = readLayout(join(root, 'src/frames/layout.gen.ts'));
  const constants = readConstants(root);
  const connection = readSchema(join(root, 'schemas/connection.avsc'));
  const ledger = readSchema(join(root, 'schemas/ledger.avsc'));
  const output = readSchema(join(root, 'schemas/output.avsc'));
  const enums = new Map(namedNodes(connection.node).map((node) => [node.name, node]));
  const sources = connectionSources(layout, enums, constants);
  const general = avroGeneral(connection.node, sources, constants);
  const json = jsonWriter(connection.node, sources, constants);
  const names = constants.MAX_HOST_BYTES + constants.MAX_BOOT_ID_BYTES;
  const schemas = [
    { name: 'connection', ...connection },
    { name: 'ledger', ...ledger },
    { name: 'output', ...output },
  ];
  return new Map([
    [`${CONNECTION}/connection.ts`, typesFile('connection', connection.node)],
    [`${LEDGER}/ledger.ts`, typesFile('ledger', ledger.node)],
    [`${OUTPUT}/output.ts`, typesFile('output', output.node)],
    ['src/encoding/generated/schemas.ts', schemasFile(schemas)],
    [`${CONNECTION}/connection-encoder.ts`, connectionFile('fast', sources, avroFast(connection.node, sources))],
    [
      `${CONNECTION}/connection-encoder-general.ts`,
      // A byte that is not UTF-8 becomes three.
      connectionFile('general', sources, general.lines, general.bound + 3 * names + 4),
    ],
    [
      `${CONNECTION}/connection-json.ts`,
      // A control character becomes six bytes.
      connectionFile('json', sources, json.lines, json.bound + 6 * names + 60, json.table),
    ],
    [`${LEDGER}/ledger-encoder.ts`, objectFile('ledger', 'Ledger', ledger.node, constants)],
    [`${OUTPUT}/output-encoder.ts`, objectFile('output', 'Output', output.node, constants)],
    ['docs/records.md', docsFile(schemas)],
  ]);
}
