/**
 * The file of the encoders of a record that is a plain object.
 * @module
 */
import { objectEncoders } from './object-encoder.mjs';
import { header, imports, indent } from './text.mjs';

export function objectFile(record, constants) {
  const { name, type, constant, file, folder } = record;
  const { tables, avro, json, avroBound, jsonBound } = objectEncoders(record, constants);
  const write = (functionName, what, lines) => [
    '/**',
    ` * Writes the record as ${what} at \`pos\`; returns the position behind it.`,
    ' * @throws ConntrailError CONNTRAIL_RECORD when something in it is longer than the schema allows for',
    ' */',
    `export function ${functionName}(out: Uint8Array, pos: number, record: ${type}): number {`,
    '  let p = pos;',
    ...indent(lines),
    '  return p;',
    '}',
    '',
  ];
  return [
    ...header(`schemas/${name}.avsc`),
    ...imports([...avro, ...json], folder),
    `import type { ${type} } from './${file}.js';`,
    '',
    '/** Most bytes of a record. */',
    `export const MAX_${constant}_BYTES = ${avroBound};`,
    `export const MAX_${constant}_JSON_BYTES = ${jsonBound};`,
    ...(tables.length > 0 ? ['', ...tables] : []),
    '',
    ...write(`encode${type}`, 'Avro binary', avro),
    ...write(`write${type}Json`, 'one line of NDJSON', json),
  ].join('\n');
}
