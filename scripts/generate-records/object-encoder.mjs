/**
 * Encoders of a record that is a plain object and not on the hot path: the ledger, the account of an output.
 * @module
 */
import { indent, joinTexts } from './text.mjs';
import { bytesOf } from './walk.mjs';

/** Strings that are part of every record; their bounds are RecordIdentity's. */
const IDENTITY = { host: 'MAX_HOST_BYTES', boot_id: 'MAX_BOOT_ID_BYTES' };

/** Names of loop variables by depth. */
const variable = (name, depth) => `${name}${depth === 0 ? '' : depth}`;

/** A name that no other map of the same record has. */
const entriesOf = (value) => `${value.split('.').at(-1)}Entries`;

function most(node, path, constants) {
  const identity = IDENTITY[path.replace(/^record\./, '')];
  return identity === undefined ? bytesOf(node) : constants[identity];
}

function avroLines(node, value, constants, depth = 0) {
  const inner = (innerNode, innerValue, level = depth) => avroLines(innerNode, innerValue, constants, level);
  switch (node.kind) {
    case 'record':
      return node.fields.flatMap((field) => inner(field.node, `${value}.${field.name}`));
    case 'optional':
      return [
        `if (${value} === null) out[p++] = 0;`,
        'else {',
        '  out[p++] = 2;',
        ...indent(inner(node.node, value)),
        '}',
      ];
    case 'array': {
      const item = variable('item', depth);
      return [
        `if (${value}.length > 0) {`,
        `  p = putNumber(out, p, within(${value}.length, ${node.most}));`,
        `  for (const ${item} of ${value}) {`,
        ...indent(inner(node.node, item, depth + 1), 2),
        '  }',
        '}',
        'out[p++] = 0;',
      ];
    }
    case 'map': {
      const entries = entriesOf(value);
      const [key, item] = ['key', 'item'].map((name) => variable(name, depth));
      return [
        `const ${entries} = Object.entries(${value});`,
        `if (${entries}.length > 0) {`,
        `  p = putNumber(out, p, within(${entries}.length, ${node.most}));`,
        `  for (const [${key}, ${item}] of ${entries}) {`,
        `    p = putText(out, p, ${key}, ${node.bytes});`,
        ...indent(inner(node.node, item, depth + 1), 2),
        '  }',
        '}',
        'out[p++] = 0;',
      ];
    }
    case 'enum':
      return [`p = putNumber(out, p, symbolOf(${symbols(node)}, ${value}));`];
    case 'string':
      return [`p = putText(out, p, ${value}, ${most(node, value, constants)});`];
    case 'bytes':
      return [`p = putBytes(out, p, ${value}, 0, ${value}.length, ${bytesOf(node)});`];
    case 'boolean':
      return [`out[p++] = ${value} ? 1 : 0;`];
    case 'double':
      return [`p = putDouble(out, p, ${value});`];
    default:
      return [`p = putNumber(out, p, ${value});`];
  }
}

function jsonParts(node, value, constants, depth = 0) {
  const inner = (innerNode, innerValue, level = depth) => jsonParts(innerNode, innerValue, constants, level);
  switch (node.kind) {
    case 'record': {
      const root = value === 'record';
      const parts = node.fields.flatMap((field, i) => [
        { text: `${i === 0 && !root ? '{' : ','}"${field.name}":` },
        ...inner(field.node, `${value}.${field.name}`),
      ]);
      return [...parts, { text: root ? '}\n' : '}' }];
    }
    case 'optional':
      return [
        `if (${value} === null) {`,
        ...indent(texts([{ text: 'null' }])),
        '} else {',
        ...indent(texts(inner(node.node, value))),
        '}',
      ];
    case 'array': {
      const [index, item] = ['index', 'item'].map((name) => variable(name, depth));
      return [
        { text: '[' },
        `within(${value}.length, ${node.most});`,
        `for (const [${index}, ${item}] of ${value}.entries()) {`,
        `  if (${index} > 0) out[p++] = 0x2c;`,
        ...indent(texts(inner(node.node, item, depth + 1))),
        '}',
        { text: ']' },
      ];
    }
    case 'map': {
      const entries = entriesOf(value);
      const [index, key, item] = ['index', 'key', 'item'].map((name) => variable(name, depth));
      return [
        { text: '{' },
        `const ${entries} = Object.entries(${value});`,
        `within(${entries}.length, ${node.most});`,
        `for (const [${index}, [${key}, ${item}]] of ${entries}.entries()) {`,
        `  if (${index} > 0) out[p++] = 0x2c;`,
        `  p = putTextJson(out, p, ${key}, ${node.bytes});`,
        ...indent(texts([{ text: ':' }, ...inner(node.node, item, depth + 1)])),
        '}',
        { text: '}' },
      ];
    }
    case 'enum':
      return [`p = putAscii(out, p, \`"\${${symbols(node)}[symbolOf(${symbols(node)}, ${value})]!}"\`);`];
    case 'string':
      return [`p = putTextJson(out, p, ${value}, ${most(node, value, constants)});`];
    case 'bytes':
      return [`p = putHex(out, p, ${value}, 0, ${value}.length, ${bytesOf(node)});`];
    case 'boolean':
      return [`p = putAscii(out, p, ${value} ? 'true' : 'false');`];
    case 'double':
      return [`p = putDoubleJson(out, p, ${value});`];
    default:
      return [
        node.logicalType === 'timestamp-micros'
          ? `p = putTime(out, p, ${value});`
          : `p = putDecimalNumber(out, p, ${value});`,
      ];
  }
}

/** Name of the constant that holds an enum's symbols. */
function symbols(node) {
  return `${node.name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}_SYMBOLS`;
}

/** Declarations of the symbols of all enums. */
function symbolTables(nodes) {
  return nodes
    .filter(({ kind }) => kind === 'enum')
    .map((node) => `const ${symbols(node)} = [${node.symbols.map((symbol) => `'${symbol}'`).join(', ')}] as const;`);
}

/** Each text in one call. */
function texts(parts) {
  return joinTexts(parts, (text) => [`p = putAscii(out, p, ${quote(text)});`]);
}

function quote(text) {
  return `'${text.replaceAll('\n', '\\n')}'`;
}

/** Most bytes of the record. */
function bound(node, constants, json, path = 'record') {
  const text = (bytes) => (json ? 2 + constants.JSON_STRING_GROWTH * bytes : constants.MAX_LONG_BYTES + bytes);
  switch (node.kind) {
    case 'record':
      return node.fields.reduce(
        (sum, { name, node: inner }) =>
          sum + bound(inner, constants, json, `${path}.${name}`) + (json ? name.length + 4 : 0),
        2,
      );
    case 'optional':
      return 1 + bound(node.node, constants, json, path) + 4;
    case 'array':
      return 2 * constants.MAX_LONG_BYTES + node.most * (1 + bound(node.node, constants, json, ''));
    case 'map':
      return 2 * constants.MAX_LONG_BYTES + node.most * (2 + text(node.bytes) + bound(node.node, constants, json, ''));
    case 'enum':
      return json ? 2 + Math.max(...node.symbols.map((symbol) => symbol.length)) : constants.MAX_LONG_BYTES;
    case 'string':
      return text(most(node, path, constants));
    case 'bytes':
      return json ? 2 + 2 * bytesOf(node) : constants.MAX_LONG_BYTES + bytesOf(node);
    case 'boolean':
      return 5;
    case 'double':
      return json ? constants.MAX_DOUBLE_BYTES : 8;
    default:
      return json ? constants.MAX_TIME_BYTES : constants.MAX_LONG_BYTES;
  }
}

/** Code lines and bounds of both forms. */
export function objectEncoders({ name, node, nodes }, constants) {
  return {
    tables: symbolTables(nodes),
    avro: avroLines(node, 'record', constants),
    json: texts([{ text: `{"record":"${name}"` }, ...jsonParts(node, 'record', constants)]),
    avroBound: bound(node, constants, false),
    jsonBound: bound(node, constants, true) + 40,
  };
}
