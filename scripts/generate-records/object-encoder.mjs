/**
 * Encoders of a record that is a plain object and not on the hot path: the ledger, the account of an output.
 * @module
 */
import { indent, joinTexts } from './text.mjs';

const IDENTITY = (path) => `record${path}`;

function avroLines(node, path) {
  const value = IDENTITY(path);
  if (node.kind === 'record') return node.fields.flatMap((field) => avroLines(field.node, `${path}.${field.name}`));
  if (node.kind === 'optional') {
    return [
      `if (${value} === null) out[p++] = 0;`,
      'else {',
      '  out[p++] = 2;',
      ...indent(avroLines(node.node, path)),
      '}',
    ];
  }
  if (node.kind === 'string') return [`p = putAvroString(out, p, ${value});`];
  if (node.kind === 'boolean') return [`out[p++] = ${value} ? 1 : 0;`];
  if (node.kind === 'long' || node.kind === 'int') return [`p = putNumber(out, p, ${value});`];
  throw new Error(`no object form of ${node.kind}`);
}

function jsonLines(node, path) {
  const value = IDENTITY(path);
  if (node.kind === 'record') {
    const lines = node.fields.flatMap((field, i) => {
      const key = `${i === 0 && path !== '' ? '{' : ','}"${field.name}":`;
      return [{ text: key }, ...jsonLines(field.node, `${path}.${field.name}`)];
    });
    return [...lines, { text: path === '' ? '}\n' : '}' }];
  }
  if (node.kind === 'optional') {
    const inner = texts(jsonLines(node.node, path));
    return [`if (${value} === null) {`, ...indent(texts([{ text: 'null' }])), '} else {', ...indent(inner), '}'];
  }
  if (node.kind === 'string') return [`p = putJsonString(out, p, ${value});`];
  if (node.kind === 'boolean') return [`p = putAscii(out, p, ${value} ? 'true' : 'false');`];
  if (node.logicalType === 'timestamp-micros') return [`p = putTime(out, p, ${value});`];
  return [`p = putDecimalNumber(out, p, ${value});`];
}

/** Each text in one call. */
function texts(parts) {
  return joinTexts(parts, (text) => [`p = putAscii(out, p, ${quote(text)});`]);
}

function quote(text) {
  return `'${text.replaceAll('\n', '\\n')}'`;
}

/** Most bytes of the record, but for the strings host and boot_id. */
function bound(node, constants, json) {
  if (node.kind === 'record') {
    return node.fields.reduce(
      (sum, field) => sum + bound(field.node, constants, json) + (json ? field.name.length + 4 : 0),
      2,
    );
  }
  if (node.kind === 'optional') return 1 + bound(node.node, constants, json) + 4;
  if (node.kind === 'string') return 10;
  if (node.kind === 'boolean') return 5;
  return json ? constants.MAX_TIME_BYTES : constants.MAX_LONG_BYTES;
}

/** Code lines and bounds of both forms. */
export function objectEncoders(recordName, root, constants) {
  return {
    avro: avroLines(root, ''),
    json: texts([{ text: `{"record":"${recordName}"` }, ...jsonLines(root, '')]),
    avroBound: bound(root, constants, false),
    jsonBound: bound(root, constants, true) + 40,
  };
}
