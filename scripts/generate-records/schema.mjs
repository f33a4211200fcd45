/**
 * Reading Avro schemas the way the generators need them: a tree with names resolved, and every field documented.
 * @module
 */
import { readFileSync } from 'node:fs';

/**
 * A node is one of
 *   {kind: 'record', name, doc, fields: [{name, doc, node, hasDefault}]}   {kind: 'enum', name, symbols}
 *   {kind: 'long', logicalType?, bits?}   {kind: 'int' | 'boolean' | 'string'}   {kind: 'optional', node}
 */
export function readSchema(path) {
  const schema = JSON.parse(readFileSync(path, 'utf8'));
  return { schema, node: build(schema, new Map(), schema.name) };
}

function build(type, named, where) {
  if (typeof type === 'string') {
    if (named.has(type)) return named.get(type);
    if (['int', 'long', 'boolean', 'string'].includes(type)) return { kind: type };
    throw new Error(`${where}: no generator for type ${type}`);
  }
  if (Array.isArray(type)) {
    if (type.length !== 2 || type[0] !== 'null') throw new Error(`${where}: the only unions are ["null", X]`);
    return { kind: 'optional', node: build(type[1], named, where) };
  }
  if (type.type === 'record') return buildRecord(type, named, where);
  if (type.type === 'enum') {
    const node = { kind: 'enum', name: type.name, symbols: type.symbols };
    named.set(type.name, node);
    return node;
  }
  return { ...build(type.type, named, where), logicalType: type.logicalType, bits: type.bits };
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
    if (node.kind === 'optional') return visit(node.node);
    if (node.name === undefined || found.has(node.name)) return;
    found.set(node.name, node);
    for (const field of node.fields ?? []) visit(field.node);
  };
  visit(root);
  return [...found.values()];
}
