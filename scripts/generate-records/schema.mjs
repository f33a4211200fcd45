/**
 * Reading Avro schemas the way the generators need them: a tree with names resolved, and every field documented.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What the generators take, as simple types. */
const SIMPLE = ['int', 'long', 'double', 'boolean', 'string', 'bytes'];

/**
 * What a reader gets of a symbol that its schema lacks, where an enum has no better default. conntrail never writes it, so types,
 * encoders and documentation leave it out.
 */
export const UNRECOGNIZED = 'unrecognized';

/**
 * A node is one of
 *   {kind: 'record', name, doc, fields: [{name, doc, node, hasDefault}]}   {kind: 'enum', name, symbols}, those that are written
 *   {kind: 'long', logicalType?, bits?}   {kind: 'int' | 'boolean' | 'double'}   {kind: 'string' | 'bytes', bytes?}
 *   {kind: 'optional', node}   {kind: 'array', node, most}   {kind: 'map', node, most, bytes}
 *
 * The bounds stand in the schema: `most` elements of an array or entries of a map, `bytes` of a string, of bytes, of a map's keys.
 */
export function readSchema(path, common = new Map()) {
  const { room, ...schema } = resolveCommon(JSON.parse(readFileSync(path, 'utf8')), common, new Set());
  return { schema, room, node: build(schema, new Map(), schema.name) };
}

/** The named types of `schemas/common`, by name; they are put in where a schema names them first. */
export function readCommon(folder) {
  const common = new Map();
  if (!existsSync(folder)) return common;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.avsc'))) {
    const type = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    if (type.name === undefined) throw new Error(`schemas/common/${file} has no name`);
    common.set(type.name, type);
  }
  return common;
}

/** Every schema of a folder by name, in the order of the stream's union: the three of the house first. */
export function schemaNames(folder) {
  const first = ['connection', 'ledger', 'output'];
  const rank = (name) => (first.includes(name) ? first.indexOf(name) : first.length);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.avsc'))
    .map((name) => basename(name, '.avsc'))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The type with the first mention of each common type replaced by the type itself. */
function resolveCommon(type, common, done) {
  if (typeof type === 'string') {
    if (!common.has(type) || done.has(type)) return type;
    done.add(type);
    return resolveCommon(common.get(type), common, done);
  }
  if (Array.isArray(type)) return type.map((branch) => resolveCommon(branch, common, done));
  const resolved = { ...type };
  if (typeof type.type === 'object' || common.has(type.type)) resolved.type = resolveCommon(type.type, common, done);
  for (const inner of ['items', 'values']) {
    if (inner in type) resolved[inner] = resolveCommon(type[inner], common, done);
  }
  if (type.fields) {
    resolved.fields = type.fields.map((field) => ({ ...field, type: resolveCommon(field.type, common, done) }));
  }
  return resolved;
}

function build(type, named, where) {
  if (typeof type === 'string') {
    if (named.has(type)) return named.get(type);
    if (SIMPLE.includes(type)) return { kind: type };
    throw new Error(`${where}: no generator for type ${type}`);
  }
  if (Array.isArray(type)) {
    if (type.length !== 2 || type[0] !== 'null') throw new Error(`${where}: the only unions are ["null", X]`);
    return { kind: 'optional', node: build(type[1], named, where) };
  }
  if (type.type === 'record') return buildRecord(type, named, where);
  if (type.type === 'enum') {
    const node = { kind: 'enum', name: type.name, symbols: writtenSymbols(type, where) };
    named.set(type.name, node);
    return node;
  }
  if (type.type === 'array' || type.type === 'map') {
    if (!Number.isInteger(type.most)) throw new Error(`${where}: say the "most" elements there can be`);
    if (type.type === 'map' && !Number.isInteger(type.bytes))
      throw new Error(`${where}: say the most "bytes" of a key`);
    const node = build(type.items ?? type.values, named, where);
    return { kind: type.type, node, most: type.most, ...(type.type === 'map' ? { bytes: type.bytes } : {}) };
  }
  return { ...build(type.type, named, where), logicalType: type.logicalType, bits: type.bits, bytes: type.bytes };
}

/** Without a default, an enum could never get another symbol: readers of the older schema would fail. */
function writtenSymbols({ name, symbols, default: fallback }, where) {
  if (!symbols.includes(fallback))
    throw new Error(
      `${where}: enum ${name} has no default; end its symbols with "${UNRECOGNIZED}", and make it the default`,
    );
  const written = symbols.filter((symbol) => symbol !== UNRECOGNIZED);
  if (fallback === UNRECOGNIZED && symbols.at(-1) !== UNRECOGNIZED)
    throw new Error(`${where}: "${UNRECOGNIZED}" is not the last symbol of enum ${name}, and would shift the others`);
  return written;
}

function buildRecord(type, named, where) {
  const node = { kind: 'record', name: type.name, doc: type.doc, fields: [] };
  named.set(type.name, node);
  if (!type.doc) throw new Error(`${where}: record ${type.name} has no doc`);
  for (const field of type.fields) {
    const path = `${where}.${field.name}`;
    if (!field.doc) throw new Error(`${path} has no doc`);
    if (!/^[a-z][a-z0-9_]*$/.test(field.name)) throw new Error(`${path} is not snake_case`);
    node.fields.push({
      name: field.name,
      doc: field.doc,
      node: build(field.type, named, path),
      hasDefault: 'default' in field,
    });
  }
  return node;
}

/** Every named node in the order of its first use, the root first. */
export function namedNodes(root) {
  const found = new Map();
  const visit = (node) => {
    if (node.node !== undefined) return visit(node.node);
    if (node.name === undefined || found.has(node.name)) return;
    found.set(node.name, node);
    for (const field of node.fields ?? []) visit(field.node);
  };
  visit(root);
  return [...found.values()];
}
