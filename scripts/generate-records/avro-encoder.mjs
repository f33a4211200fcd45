/**
 * Lines of TypeScript that write one record as Avro binary. Varints of up to four bytes are spread over a word and stored at once:
 * a call per field would cost half of the speed, because V8 stops inlining in a function of this size.
 * @module
 */
import { indent } from './text.mjs';
import { leafBound, walk } from './walk.mjs';

const SPREAD = (t) => `(${t} & 0x7f) | ((${t} & 0x3f80) << 1) | ((${t} & 0x1fc000) << 2) | ((${t} & 0xfe00000) << 3)`;

/** Stores the zigzag value `t`, below 2^28. 37/256 stands for 1/7: exact for the bit counts that occur. */
const STORE_SMALL = [
  'if (t < 0x80) out[p++] = t;',
  'else {',
  '  n = ((38 - Math.clz32(t)) * 37) >>> 8;',
  `  view.setUint32(p, ${SPREAD('t')} | (0x808080 >>> (32 - 8 * n)), true);`,
  '  p += n;',
  '}',
];

function leaf(node, source) {
  if (source.prefix) return [];
  if (source.flag) return [`out[p++] = ${source.flag} ? 1 : 0;`];
  if (source.bit) return [`out[p++] = ${source.bit} ? 2 : 0;`];
  if (source.index !== undefined)
    return [`out[p++] = ${/^\d+$/.test(source.index) ? 2 * source.index : `${source.index} << 1`};`];
  if (source.u16) return [`t = ${source.u16} << 1;`, ...STORE_SMALL];
  if (source.u32 && source.large) return large(source.u32);
  if (source.u32) return small(`lo = ${source.u32};`, 'lo < 0x8000000', 't = lo << 1;', 'p = putLong(out, p, lo, 0);');
  if (source.long) {
    const read = [`lo = ${source.long[0]};`, `hi = ${source.long[1]};`].join(' ');
    return small(read, 'hi === 0 && lo < 0x8000000', 't = lo << 1;', 'p = putLong(out, p, lo, hi);');
  }
  if (source.number) {
    return small(`v = ${source.number};`, 'v >= 0 && v < 0x8000000', 't = v << 1;', 'p = putNumber(out, p, v);');
  }
  if (source.micros) return micros(source.micros);
  if (source.address) return address(source.address);
  if (source.name) return name(source.name);
  throw new Error(`no Avro form of ${node.kind} from ${JSON.stringify(source)}`);
}

function small(read, condition, convert, otherwise) {
  return [read, `if (${condition}) {`, `  ${convert}`, ...indent(STORE_SMALL), `} else ${otherwise}`];
}

/** A number that usually fills 32 bits, such as an inode of the proc filesystem: five bytes. */
function large(expression) {
  return [
    `lo = ${expression};`,
    'if (lo >= 0x8000000) {',
    `  view.setUint32(p, ((lo << 1) & 0x7f) | ((lo & 0x1fc0) << 2) | ((lo & 0xfe000) << 3) | ((lo & 0x7f00000) << 4) | 0x80808080, true);`,
    '  out[p + 4] = lo >>> 27;',
    '  p += 5;',
    '} else p = putLong(out, p, lo, 0);',
  ];
}

/** A time of our days: zigzag values from 2^49 to 2^56, eight bytes. */
function micros(expression) {
  return [
    `v = ${expression};`,
    'if (v >= 0x1000000000000 && v < 0x80000000000000) {',
    '  hi = (v / 0x8000000) | 0;',
    '  t = (v - hi * 0x8000000) << 1;',
    `  view.setUint32(p, ${SPREAD('t')} | 0x80808080, true);`,
    `  view.setUint32(p + 4, ${SPREAD('hi')} | 0x808080, true);`,
    '  p += 8;',
    '} else p = putNumber(out, p, v);',
  ];
}

function address({ word, at }) {
  const octets = ['t & 0xff', '(t >>> 8) & 0xff', '(t >>> 16) & 0xff', 't >>> 24'];
  return [
    'n = p + 1;',
    'if (v4) {',
    `  t = ${word};`,
    ...octets.flatMap((octet) => [
      `  o = ${octet};`,
      '  view.setUint32(n, OCTET_TEXT[o]!, true);',
      '  n += OCTET_LENGTH[o]!;',
    ]),
    '  n--;',
    `} else n = putIpv6(out, n, s.u8, ${at});`,
    'out[p] = (n - p - 1) << 1;',
    'p = n;',
  ];
}

function name({ at, max }) {
  return [
    'n = 0;',
    't = 0;',
    `o = ${at};`,
    `while (n < ${max} && (t = u8[o + n]!) >= 0x20 && t < 0x7f && t !== 0x5c) out[p + ++n] = t;`,
    `if (t === 0 || n === ${max}) {`,
    '  out[p] = n << 1;',
    '  p += n + 1;',
    `} else p = putAvroName(out, p, u8, o, ${max});`,
  ];
}

/** {lines, bound}: the code after the prefix, and the most bytes of it. */
export function avroEncoder(root, sources, constants) {
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
