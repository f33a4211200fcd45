/**
 * A record type as the generators see it: its schema, its map when it has one, and the names that follow from both.
 *
 * A map (`schemas/NAME.map.mjs`, default export) is
 *   {feature, struct?, fast?, input?, units?, disagreement?, sources(context) → {source, when, preamble?, prepare?}}
 * docs/records.md tells what they mean, and the sources there are.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fields, readLayout } from './layout.mjs';
import { namedNodes, readCommon, readSchema, schemaNames } from './schema.mjs';

const PASCAL = /^(?:[A-Z][a-z0-9]*)+$/;

/** Every record type whose schema is in `folder`, in the order of the stream's union. */
export async function readRecords(root, folder) {
  const common = readCommon(join(folder, 'common'));
  const records = [];
  for (const name of schemaNames(folder)) records.push(await readRecord(root, folder, name, records.length, common));
  refuseClashes(records);
  return records;
}

async function readRecord(root, folder, name, index, common) {
  const { schema, room, node } = readSchema(join(folder, `${name}.avsc`), common);
  if (!PASCAL.test(node.name)) throw new Error(`schemas/${name}.avsc: ${node.name} is not in PascalCase`);
  const path = join(folder, `${name}.map.mjs`);
  const map = existsSync(path) ? (await import(pathToFileURL(path).href)).default : null;
  const home = map?.feature ?? room;
  if (home === undefined) throw new Error(`schemas/${name}.avsc: say the "room" its files go to`);
  const file = name.replaceAll('_', '-');
  const generated = `${home}/generated`;
  const fast = map?.fast === true;
  const encoder = `${file}-encoder`;
  const constant = name.toUpperCase();
  const json = map === null ? encoder : `${file}-json`;
  const most = [`encode${node.name}`, `MAX_${constant}_BYTES`];
  const mostJson = [`MAX_${constant}_JSON_BYTES`, `write${node.name}Json`];
  return {
    name,
    index,
    node,
    nodes: namedNodes(node),
    type: node.name,
    fullName: `${schema.namespace}.${schema.name}`,
    schemaText: JSON.stringify(schema),
    constant,
    file,
    folder: generated,
    fast,
    map,
    ...layoutOf(root, home, map),
    input: inputOf(node.name, file, map),
    units: map?.units ?? '0',
    disagreement: map?.disagreement ? { name: 'disagreement', module: `${home.slice(4)}/${map.disagreement}` } : null,
    encoders:
      encoder === json
        ? [{ module: encoder, names: [...most, ...mostJson] }]
        : [
            { module: encoder, names: most },
            { module: json, names: mostJson },
          ],
  };
}

/** What the encoders take: an object of the record's own type, or the source that the map names. */
function inputOf(type, file, map) {
  if (map === null) return { type, from: `./${file}.js` };
  const { name = `${type}Source`, module = `${file}-source` } = map.input ?? {};
  return { type: name, from: `../${module}.js` };
}

/** The wire structs of the record's feature, behind those that all features share. */
function layoutOf(root, home, map) {
  if (map === null) return { layout: '', structs: {} };
  const shared = 'src/frames/layout.gen.ts';
  const own = `${home}/layout.gen.ts`;
  const structs = { ...readLayout(join(root, shared)) };
  if (existsSync(join(root, own))) Object.assign(structs, readLayout(join(root, own)));
  return { layout: existsSync(join(root, own)) ? own : shared, structs };
}

/** A stream's schema holds all record types: a name in it stands for one thing. */
function refuseClashes(records) {
  const known = new Map();
  for (const { name, nodes } of records) {
    for (const node of nodes) {
      const text = JSON.stringify(node);
      const other = known.get(node.name);
      if (other !== undefined && other.text !== text)
        throw new Error(
          `${node.name} is one thing in schemas/${other.schema}.avsc and another in schemas/${name}.avsc`,
        );
      known.set(node.name, { text, schema: name });
    }
  }
}

/** What a map's `sources` is given, and what it says, complete. */
export function sourcesOf(record, constants) {
  const enums = new Map(record.nodes.filter(({ kind }) => kind === 'enum').map((node) => [node.name, node]));
  for (const { name, symbols } of enums.values())
    if (symbols.length > 64) throw new Error(`enum ${name} has more than 64 symbols: no generator for it`);
  const { struct } = record.map;
  const offsets = struct === undefined ? {} : record.structs[struct];
  if (offsets === undefined) throw new Error(`${record.layout} has no ${struct}: run \`make layout\``);
  const fields = new Fields(offsets, struct);
  const indexOf = (name, symbol) => {
    const index = enums.get(name)?.symbols.indexOf(symbol) ?? -1;
    if (index < 0) throw new Error(`enum ${name} has no symbol ${symbol}`);
    return index;
  };
  const {
    preamble = [],
    prepare = [],
    source,
    when = {},
  } = record.map.sources({
    layout: record.structs,
    fields,
    enums,
    constants,
    indexOf,
    symbolIndex,
  });
  return { preamble: [...fields.words(), ...preamble], prepare, source: withNames(source), when };
}

/** Joined fields with the names of the variables that hold what was joined. */
function withNames(source) {
  let count = 0;
  return Object.fromEntries(
    Object.entries(source).map(([path, leaf]) => [
      path,
      leaf.join ? { join: { name: `joined${count++}`, ...leaf.join } } : leaf,
    ]),
  );
}

/** An expression for the symbol's index, for a kernel value that `values` (name → number, below 8) knows and `unknown` otherwise. */
function symbolIndex(node, values, expression, unknown) {
  let packed = 0;
  for (let value = 0; value < 8; value++) {
    const name = Object.keys(values).find((key) => values[key] === value) ?? unknown;
    const index = node.symbols.indexOf(name);
    packed += Math.max(index, 0) * 2 ** (4 * value);
  }
  return `(${expression} < 8 ? (0x${packed.toString(16)} >>> (${expression} << 2)) & 15 : ${node.symbols.indexOf(unknown)})`;
}
