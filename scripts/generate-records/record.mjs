/**
 * A record type as the generators see it: its schema, its map when it has one, and the names that follow from both.
 *
 * A record is encoded from a plain object of its own type, and its schema says at the top to which "room" its files go; or from whatever
 * its map says (`schemas/NAME.map.mjs`, default export):
 *
 *   feature       `src/dns`: its files stand in `src/dns/generated`
 *   struct        the wire struct that `context.fields` reads, by its name in the feature's layout.gen.ts, or else in src/frames'; its
 *                 bytes lie at `s.base` of `s.u8` and `s.u32`
 *   fast          also an encoder without calls, for what a benchmark guards
 *   input         {name, module} of the source's type; `DnsSource` of `src/dns/dns-source.ts` unless said otherwise
 *   units         expression of `record`, decoded: how many units of its feature's ledger row it stands for; 0 unless said otherwise
 *   disagreement  module of the feature that exports a function of this name: what a decoded record says twice and not alike, or null
 *   sources(context) → {source, when, preamble, prepare}
 *
 * `source` says by path where each leaf comes from, as expressions of the source `s` and of what `preamble` (lines of code) declares:
 *
 *   {prefix: true}                        part of the constant start of every record
 *   {long: [lo, hi]}                      two words of 32 bits
 *   {u32}, {u16}                          so many unsigned bits
 *   {number}, {micros}                    an integer that a double holds; {small: true} besides: usually below 64; micros: usually a recent time
 *   {double}                              a finite number
 *   {bit}, {flag}                         a boolean, for 1 or 0; for a boolean
 *   {index}                               the index of an enum's symbol
 *   {address: {end, word, at, v4}}        16 bytes at `at`; the expression `v4`, by default a variable, says that only the first four count,
 *                                         which are `word` too
 *   {name: {at, max}}                     bytes up to a NUL, at most 64, made safe
 *   {text}                                a string
 *   {bytes: {at, length}}                 bytes of `s.u8`
 *   {ascii: {bytes, at, length}}          a string: printable ASCII, `length` bytes at `at` of the array `bytes`
 *   {array: {count, index}}               so many elements, whose sources stand at `PATH[]` and use the variable `index`
 *   {map: {count, index, key}}            so many entries, whose values' sources stand at `PATH{}`; `key` is a string
 *   {join: {fragments, handle, most, mostJson}}   what `handle` stands for in `fragments` (Fragments), of at most so many bytes; 0: null
 *
 * `when` says by path when a nullable field is not null (a joined one needs none), `prepare` what a fast encoder calls before its first
 * store.
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
