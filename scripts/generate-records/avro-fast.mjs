/**
 * Lines of TypeScript that write one record as Avro binary at full speed. What they keep to, because V8 (up to 13) does:
 *
 * - No call between the first store and the last: after one, every field checks and loads its arrays anew. What these lines cannot write
 *   (numbers from 2^32 or 2^34 on, long escaped names) leaves the function for the general encoder.
 * - Numbers one byte a store: a store through a DataView has the effect of a call, one into a typed array has not. Texts of addresses are
 *   long enough that eight bytes a store win all the same.
 * - Tables in local constants: an imported binding is loaded and checked at each use.
 * - Positions cut to 30 bits at every step: then `p + 3` cannot overflow an integer, and none of the sums is checked for it.
 *
 * Each was worth 5 to 15 % where it was measured.
 * @module
 */
import { indent } from './text.mjs';
import { walk } from './walk.mjs';

/** As in src/encoding/address-cache.ts: a slot is 8 doubles, the text in it begins with the third, its length is the last byte. */
const ADDRESS_DOUBLES = 6;

const step = (variable, by) => `${variable} = (${variable} + ${by}) & 0x3fffffff;`;
const put = (value) => `out[p] = ${value}, ${step('p', 1)}`;
/** Leaves for the general encoder; set for each record. */
let LEAVE = '';

/** Stores `count` bytes of the zigzag value `t`; `more`: further bytes follow. */
function bytes(t, count, at, more = false) {
  return Array.from({ length: count }, (_, i) => {
    const part = i === 0 ? t : `(${t} >>> ${7 * i})`;
    const value = i === count - 1 && !more ? `${part.replace(/^\((.*)\)$/, '$1')}` : `(${part} & 0x7f) | 0x80`;
    return `out[p${at + i === 0 ? '' : ` + ${at + i}`}] = ${value};`;
  }).join(' ');
}

/**
 * Stores the zigzag value `t`, below 2^21, in one to three bytes: always writes three and counts those that belong to it, since no branch
 * predictor knows how long the next number is.
 */
const UP_TO_THREE = [
  'a = (0x7f - t) >>> 31; b = (0x3fff - t) >>> 31;',
  'out[p] = t | (a << 7); out[p + 1] = (t >>> 7) | (b << 7); out[p + 2] = t >>> 14;',
  step('p', '1 + a + b'),
].join(' ');
const FOUR = `${bytes('t', 4, 0)} ${step('p', 4)}`;

/** Five bytes: `low`, of 27 bits, in the first four, `high`, below 128, in the last. */
const FIVE = (low, high) => [`t = ${low} << 1;`, `${bytes('t', 4, 0, true)} out[p + 4] = ${high}; ${step('p', 5)}`];

function word(expression) {
  return [
    `lo = ${expression}; t = lo << 1;`,
    `if (lo < 0x100000) { ${UP_TO_THREE} }`,
    `else if (lo < 0x8000000) { ${FOUR} }`,
    'else {',
    ...indent(FIVE('(lo & 0x7ffffff)', 'lo >>> 27')),
    '}',
  ];
}

function number(expression) {
  return [
    `v = ${expression};`,
    `if (!(v >= 0 && v < 0x400000000)) ${LEAVE}`,
    'if (v < 0x8000000) {',
    '  t = v << 1;',
    `  if (t < 0x200000) { ${UP_TO_THREE} } else { ${FOUR} }`,
    '} else {',
    '  hi = (v / 0x8000000) | 0;',
    ...indent(FIVE('(v - hi * 0x8000000)', 'hi')),
    '}',
  ];
}

/** A time of our days: zigzag values from 2^49 to 2^56, eight bytes. */
function micros(expression) {
  return [
    `v = ${expression};`,
    `if (!(v >= 0x1000000000000 && v < 0x80000000000000)) ${LEAVE}`,
    'hi = (v / 0x8000000) | 0;',
    't = (v - hi * 0x8000000) << 1;',
    bytes('t', 4, 0, true),
    bytes('hi', 4, 4),
    step('p', 8),
  ];
}

function address({ word, end }) {
  const octets = ['o & 0xff', '(o >>> 8) & 0xff', '(o >>> 16) & 0xff', 'o >>> 24'];
  return [
    'if (v4) {',
    '  n = (p + 1) & 0x3fffffff;',
    `  o = ${word};`,
    ...octets.map((octet) => {
      const stores = 'out[n] = t; out[n + 1] = t >>> 8; out[n + 2] = t >>> 16; out[n + 3] = t >>> 24;';
      return `  t = octetText[${octet}]!; ${stores} ${step('n', `octetLength[${octet}]!`)}`;
    }),
    '  out[p] = (n - p - 2) << 1;',
    '  p = (n - 1) & 0x3fffffff;',
    '} else {',
    `  n = ${end}.length[(${end}Slot << 6) + 63]!;`,
    `  t = (${end}Slot << 3) + 2;`,
    '  out[p] = n << 1;',
    ...Array.from(
      { length: ADDRESS_DOUBLES - 1 },
      (_, i) => `  view.setFloat64(p + ${1 + 8 * i}, ${end}Text[t + ${i}]!, true);`,
    ),
    `  if (n > ${8 * (ADDRESS_DOUBLES - 1)}) view.setFloat64(p + ${1 + 8 * (ADDRESS_DOUBLES - 1)}, ${end}Text[t + ${ADDRESS_DOUBLES - 1}]!, true);`,
    `  ${step('p', 'n + 1')}`,
    '}',
  ];
}

const name = () => [
  'n = nameLength[slot]!;',
  `if (n === LONG_NAME) ${LEAVE}`,
  put('n << 1'),
  ...[0, 2].flatMap((first) => {
    const stores = [first, first + 1].flatMap((k) => [
      `t = nameText[4 * slot + ${k}]!;`,
      [0, 1, 2, 3].map((i) => `out[p + ${4 * k + i}] = t >>> ${8 * i};`).join(' '),
    ]);
    return first === 0 ? stores : ['if (n > 8) {', ...indent(stores), '}'];
  }),
  step('p', 'n'),
];

function leaf(node, source) {
  if (source.prefix) return [];
  if (source.flag) return [put(`${source.flag} ? 1 : 0`)];
  if (source.bit) return [put(`${source.bit} ? 2 : 0`)];
  if (source.index !== undefined) return [put(/^\d+$/.test(source.index) ? 2 * source.index : `${source.index} << 1`)];
  if (source.u16) return [`t = ${source.u16} << 1; ${UP_TO_THREE}`];
  if (source.u32) return word(source.u32);
  if (source.long) return [`if (${source.long[1]} !== 0) ${LEAVE}`, ...word(source.long[0])];
  if (source.small) return [`v = ${source.number};`, `if (!(v >= 0 && v < 64)) ${LEAVE}`, put('v << 1')];
  if (source.number) return number(source.number);
  if (source.micros) return micros(source.micros);
  if (source.address) return address(source.address);
  if (source.name) return name();
  if (source.join) return join(source.join);
  throw new Error(`no Avro form of ${node.kind} from ${JSON.stringify(source)}`);
}

/** A loop, no call: `joins` of the sources were resolved before the first store. */
function join({ name, most }) {
  return [
    `if (${name}End - ${name}At > ${most}) ${LEAVE}`,
    `if (${name} !== NO_SLICE) {`,
    `  ${put(2)}`,
    `  for (n = ${name}At; n < ${name}End; n++) { ${put(`${name}Bytes[n]!`)} }`,
    `} else ${put(0)}`,
  ];
}

/** What resolves the joined fields, in front of the first store. */
export function resolveJoins(sources) {
  const joins = Object.values(sources.source).flatMap(({ join }) => (join ? [join] : []));
  return joins.flatMap(({ name, handle, fragments }) => [
    `const ${name} = ${handle} === 0 ? NO_SLICE : ${fragments}.avro(${handle});`,
    `const ${name}Bytes = ${name}.bytes;`,
    `const ${name}At = ${name}.start;`,
    `const ${name}End = ${name}.end;`,
  ]);
}

/** The code after the prefix. */
export function avroFast(root, sources, type) {
  LEAVE = `return encode${type}General(out, pos, s);`;
  return walk(root, sources, {
    record: (node, visit, path) =>
      node.fields.flatMap((field) => [`// ${path === '' ? '' : `${path}.`}${field.name}`, ...visit(field)]),
    optional: (condition, visit) => [`if (${condition}) {`, `  ${put(2)}`, ...indent(visit()), `} else ${put(0)}`],
    leaf,
  });
}
