/**
 * What ties a record's schema, types and encoders together: its RecordType, and the list of all of them.
 * @module
 */
import { relative } from 'node:path';
import { header, importPath } from './text.mjs';

/** @param {import('./record.mjs').RecordDescription} record */
export function typeFile(record) {
  const { name, type, folder, file, input, units, disagreement, constant } = record;
  const upper = constant;
  const imports = [
    `import { RECORD_ORDER } from '${importPath(folder, 'record-order.gen')}';`,
    `import type { RecordType } from '${importPath(folder, 'encoding/record-type')}';`,
    ...(input.type === type ? [] : [`import type { ${input.type} } from '${input.from}';`]),
    ...(disagreement === null
      ? []
      : [`import { ${disagreement.name} } from '${importPath(folder, disagreement.module)}';`]),
    `import type { ${type} } from './${file}.js';`,
    ...record.encoders.map(({ module, names }) => `import { ${names.join(', ')} } from './${module}.js';`),
  ];
  const isConstant = /^\d+$/.test(units);
  return [
    ...header(`schemas/${name}.avsc`),
    ...imports,
    '',
    `/** \`schemas/${name}.avsc\`, as it stands in every container file. */`,
    `const SCHEMA = ${JSON.stringify(record.schemaText)};`,
    '',
    `export const ${upper}: RecordType<${input.type}> = {`,
    `  name: '${name}',`,
    `  fullName: '${record.fullName}',`,
    `  index: RECORD_ORDER.${name},`,
    '  schema: SCHEMA,',
    `  most: MAX_${upper}_BYTES,`,
    `  mostJson: MAX_${upper}_JSON_BYTES,`,
    `  encode: encode${type},`,
    `  json: write${type}Json,`,
    isConstant ? `  unitsOf: () => ${units},` : `  unitsOf: (decoded) => unitsOf(decoded as ${type}),`,
    disagreement === null
      ? '  disagreement: () => null,'
      : `  disagreement: (decoded) => ${disagreement.name}(decoded as ${type}),`,
    '};',
    '',
    ...(isConstant ? [] : [`function unitsOf(record: ${type}): number {`, `  return ${units};`, '}', '']),
  ]
    .filter(
      (line) =>
        !(
          isConstant &&
          disagreement === null &&
          line === `import type { ${type} } from './${file}.js';` &&
          input.type !== type
        ),
    )
    .join('\n');
}

/** `src/record-order.gen.ts`: apart, so that a new record type changes no file of another's. */
export function orderFile(records) {
  return [
    ...header('schemas/*.avsc'),
    '/** Place of each record type in the union of a stream. */',
    'export const RECORD_ORDER = {',
    ...records.map(({ name, index }) => `  ${name}: ${index},`),
    '} as const;',
    '',
  ].join('\n');
}

/** `src/records.gen.ts`. */
export function recordsFile(records) {
  return [
    ...header('schemas/*.avsc'),
    ...[...records]
      .sort((a, b) => (a.folder + a.file < b.folder + b.file ? -1 : 1))
      .map(
        ({ constant, folder, file }) => `import { ${constant} } from './${relative('src', folder)}/${file}-type.js';`,
      ),
    "import type { RecordType } from './encoding/record-type.js';",
    "import { streamSchema } from './encoding/stream-schema.js';",
    '',
    '/** Every type of record there is, each at the place that its `index` says. */',
    `export const RECORD_TYPES: readonly RecordType[] = [${records.map(({ constant }) => constant).join(', ')}];`,
    '',
    '/** Schema of a stream of them all. */',
    'export const STREAM_SCHEMA = streamSchema(RECORD_TYPES);',
    '',
  ].join('\n');
}

/** What of a record's types is exported: all, or those that no other record has brought already. */
function exportsOf({ nodes }, exported) {
  const own = nodes.map(({ name }) => name).filter((name) => !exported.has(name));
  for (const name of own) exported.add(name);
  return own.length === nodes.length ? '*' : `{ ${own.sort().join(', ')} }`;
}

/** `src/record-objects.gen.ts`. */
export function objectsFile(records) {
  const sorted = [...records].sort((a, b) => (a.folder + a.file < b.folder + b.file ? -1 : 1));
  const path = ({ folder, file }) => `./${relative('src', folder)}/${file}.js`;
  const exported = new Set();
  return [
    ...header('schemas/*.avsc'),
    ...sorted.map((record) => `import type { ${record.type} } from '${path(record)}';`),
    '',
    ...sorted.map((record) => `export type ${exportsOf(record, exported)} from '${path(record)}';`),
    '',
    '/** What a decoded record is, by the name of its type. */',
    'export interface RecordObjects {',
    ...records.map(({ name, type }) => `  ${name}: ${type};`),
    '}',
    '',
  ].join('\n');
}
