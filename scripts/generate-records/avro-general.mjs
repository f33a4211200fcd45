/**
 * Lines of TypeScript that write any record as Avro binary, a call per field.
 * @module
 */
import { indent } from './text.mjs';
import { bytesOf, leafBound, walk } from './walk.mjs';

function leaf(node, source) {
  if (source.prefix) return [];
  if (source.flag) return [`out[p++] = ${source.flag} ? 1 : 0;`];
  if (source.bit) return [`out[p++] = ${source.bit} ? 2 : 0;`];
  if (source.index !== undefined)
    return [`out[p++] = ${/^\d+$/.test(source.index) ? 2 * source.index : `${source.index} << 1`};`];
  if (source.u16 || source.u32) return [`p = putLong(out, p, ${source.u16 ?? source.u32}, 0);`];
  if (source.long) return [`p = putLong(out, p, ${source.long[0]}, ${source.long[1]});`];
  if (source.number || source.micros) return [`p = putNumber(out, p, ${source.number ?? source.micros});`];
  if (source.address) {
    const { word, at, v4 = 'v4' } = source.address;
    return [
      `n = ${v4} ? putIpv4(out, p + 1, ${word}) : putIpv6(out, p + 1, u8, ${at});`,
      'out[p] = (n - p - 1) << 1;',
      'p = n;',
    ];
  }
  if (source.double) return [`p = putDouble(out, p, ${source.double});`];
  if (source.text) return [`p = putText(out, p, ${source.text}, ${bytesOf(node)});`];
  if (source.bytes) {
    const { at, length } = source.bytes;
    return [`p = putBytes(out, p, u8, ${at}, ${length}, ${bytesOf(node)});`];
  }
  if (source.ascii) {
    const { bytes, at, length } = source.ascii;
    return [`p = putBytes(out, p, ${bytes}, ${at}, ${length}, ${bytesOf(node)});`];
  }
  if (source.join) {
    const { handle, fragments, most } = source.join;
    return [
      `if (${handle} === 0) out[p++] = 0;`,
      'else {',
      '  out[p++] = 2;',
      `  p = putSlice(out, p, ${fragments}.avro(${handle}), ${most});`,
      '}',
    ];
  }
  if (source.name) return [`p = putAvroName(out, p, u8, ${source.name.at}, ${source.name.max});`];
  throw new Error(`no Avro form of ${node.kind} from ${JSON.stringify(source)}`);
}

/** {lines, bound}: the code after the prefix, and the most bytes of it. */
export function avroGeneral(root, sources, constants) {
  let bound = 0;
  /** `visit`, and what it adds to the bound so many times. */
  const times = (most, visit) => {
    const before = bound;
    const lines = visit();
    bound = before + most * (bound - before);
    return lines;
  };
  /** The blocks of an array or a map: one of all elements, when there are any, and the empty one. */
  const block = ({ count, index }, most, element) => {
    bound += 2 * constants.MAX_LONG_BYTES;
    return [
      `if (${count} > 0) {`,
      `  p = putLong(out, p, within(${count}, ${most}), 0);`,
      `  for (let ${index} = 0; ${index} < ${count}; ${index}++) {`,
      ...indent(element, 2),
      '  }',
      '}',
      'out[p++] = 0;',
    ];
  };
  const lines = walk(root, sources, {
    array: (node, source, visit) => block(source, node.most, times(node.most, visit)),
    map: (node, source, visit) =>
      block(source, node.most, [
        ...times(node.most, () => {
          bound += constants.MAX_LONG_BYTES + node.bytes;
          return [`p = putText(out, p, ${source.key}, ${node.bytes});`, ...visit()];
        }),
      ]),
    record: (node, visit, path) =>
      node.fields.flatMap((field) => [`// ${path === '' ? '' : `${path}.`}${field.name}`, ...visit(field)]),
    optional: (condition, visit) => {
      bound += 1;
      return [`if (${condition}) {`, '  out[p++] = 2;', ...indent(visit()), '} else out[p++] = 0;'];
    },
    leaf: (node, source) => {
      bound += leafBound(node, source, 'avro', constants);
      return leaf(node, source);
    },
  });
  return { lines, bound };
}
