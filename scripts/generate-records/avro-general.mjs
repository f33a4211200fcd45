/**
 * Lines of TypeScript that write any record as Avro binary, a call per field.
 * @module
 */
import { indent } from './text.mjs';
import { leafBound, walk } from './walk.mjs';

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
    const { word, at } = source.address;
    return [
      `n = v4 ? putIpv4(out, p + 1, ${word}) : putIpv6(out, p + 1, u8, ${at});`,
      'out[p] = (n - p - 1) << 1;',
      'p = n;',
    ];
  }
  if (source.name) return [`p = putAvroName(out, p, u8, ${source.name.at}, ${source.name.max});`];
  throw new Error(`no Avro form of ${node.kind} from ${JSON.stringify(source)}`);
}

/** {lines, bound}: the code after the prefix, and the most bytes of it. */
export function avroGeneral(root, sources, constants) {
  let bound = 0;
  const lines = walk(root, sources, {
    record: (node, visit, path) =>
      node.fields.flatMap((field) => [`// ${path === '' ? '' : `${path}.`}${field.name}`, ...visit(field)]),
    optional: (condition, visit) => {
      bound += 1;
      return [`if (${condition}) {`, '  out[p++] = 2;', ...indent(visit()), '} else out[p++] = 0;'];
    },
    leaf: (node, source) => {
      bound += leafBound(source, 'avro', constants);
      return leaf(node, source);
    },
  });
  return { lines, bound };
}
