/**
 * The generated files: contents by path, relative to the root of the repository.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { avroFast, resolveJoins } from './avro-fast.mjs';
import { avroGeneral } from './avro-general.mjs';
import { docsFile } from './docs.mjs';
import { jsonWriter } from './json-writer.mjs';
import { objectFile } from './object-file.mjs';
import { readRecords, sourcesOf } from './record.mjs';
import { structFile } from './struct-file.mjs';
import { objectsFile, orderFile, recordsFile, typeFile } from './type-file.mjs';
import { typesFile } from './types.mjs';

/** Most bytes of a record: a block of a container file holds at least one (src/encoding/container-writer.ts). */
const BLOCK_BYTES = 60 * 1024;

/** Numeric constants of the hand-written modules that bound what they write. */
function readConstants(root) {
  const constants = {};
  for (const file of [
    'encoding/varint',
    'encoding/decimal',
    'encoding/double',
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

/** The encoders of a record that is read out of a struct: [path, text] each. */
function structFiles(record, constants) {
  const sources = sourcesOf(record, constants);
  const { node, type, file, folder, fast } = record;
  const general = avroGeneral(node, sources, constants);
  const json = jsonWriter(node, sources, constants);
  const names = constants.MAX_HOST_BYTES + constants.MAX_BOOT_ID_BYTES;
  // In Avro a byte that is not UTF-8 becomes three; in JSON a control character becomes six.
  const bound = general.bound + 3 * names + 4 + constants.MAX_LONG_BYTES;
  const jsonBound = json.bound + 6 * names + 60 + record.name.length + constants.MAX_DECIMAL_BYTES;
  if (bound > BLOCK_BYTES)
    throw new Error(`schemas/${record.name}.avsc: a record of up to ${bound} bytes fits no block`);
  const first = { ...sources, prepare: [...sources.prepare, ...resolveJoins(sources)] };
  return [
    ...(fast
      ? [[`${folder}/${file}-encoder.ts`, structFile('fast', record, first, avroFast(node, sources, type))]]
      : []),
    [
      `${folder}/${file}-encoder${fast ? '-general' : ''}.ts`,
      structFile('general', record, sources, general.lines, bound),
    ],
    [`${folder}/${file}-json.ts`, structFile('json', record, sources, json.lines, jsonBound, json.table)],
  ];
}

/**
 * @param {string} root the repository
 * @param {string} [schemas] folder of the schemas, when they are others than the repository's
 * @returns {Promise<Map<string, string>>}
 */
export async function generatedFiles(root, schemas = join(root, 'schemas')) {
  const constants = readConstants(root);
  const records = await readRecords(root, schemas);
  return new Map([
    ...records.flatMap((record) => [
      [`${record.folder}/${record.file}.ts`, typesFile(record)],
      ...(record.map === null
        ? [[`${record.folder}/${record.file}-encoder.ts`, objectFile(record, constants)]]
        : structFiles(record, constants)),
      [`${record.folder}/${record.file}-type.ts`, typeFile(record)],
    ]),
    ['src/record-order.gen.ts', orderFile(records)],
    ['src/records.gen.ts', recordsFile(records)],
    ['src/record-objects.gen.ts', objectsFile(records)],
    ['docs/records.md', docsFile(records)],
  ]);
}
