/**
 * Lines of TypeScript that write one record as one line of NDJSON. Keys and punctuation are stored eight bytes at a time, as doubles out
 * of a table; the last store of a text may reach up to seven bytes beyond it, into what is written next.
 * @module
 */
import { indent, joinTexts } from './text.mjs';
import { bytesOf, leafBound, walk } from './walk.mjs';

/** The doubles of all texts, each once. */
class TextTable {
  #index = new Map();
  bytes = [];

  /** Index of the double that holds eight bytes; texts are ASCII, so that none of them is a NaN. */
  index(bytes) {
    const key = bytes.toString('latin1').padEnd(8, '\0');
    if (!/^[\0-\x7e]*$/.test(key)) throw new Error(`${JSON.stringify(key)} is not ASCII`);
    if (!this.#index.has(key)) {
      this.#index.set(key, this.#index.size);
      this.bytes.push(...Buffer.from(key, 'latin1'));
    }
    return this.#index.get(key);
  }
}

let table = new TextTable();

function textStores(text) {
  const bytes = Buffer.from(text);
  const stores = [];
  for (let i = 0; i < bytes.length; i += 8) {
    const index = table.index(bytes.subarray(i, i + 8));
    stores.push(`view.setFloat64(p${i === 0 ? '' : ` + ${i}`}, texts[${index}]!, true);`);
  }
  stores.push(`p += ${bytes.length};`);
  const lines = [`// ${text.trimEnd()}`];
  for (let i = 0; i < stores.length; i += 3) lines.push(stores.slice(i, i + 3).join(' '));
  return lines;
}

/** Symbols of an enum by index: a switch of constant stores. */
function symbolStores(node, index) {
  if (/^\d+$/.test(index)) return [{ text: `"${node.symbols[index]}"` }];
  return [
    `switch (${index}) {`,
    ...node.symbols.flatMap((symbol, i) => [
      i === node.symbols.length - 1 ? `  default: // ${i}` : `  case ${i}:`,
      ...indent(textStores(`"${symbol}"`).slice(1), 2),
      '    break;',
    ]),
    '}',
  ];
}

function leaf(node, source) {
  if (source.prefix) return [];
  if (source.flag)
    return [`if (${source.flag}) {`, ...indent(textStores('true')), '} else {', ...indent(textStores('false')), '}'];
  if (source.bit) return [`out[p++] = ${source.bit} ? 0x31 : 0x30;`];
  if (source.index !== undefined) return symbolStores(node, source.index);
  if (source.u16 || source.u32) return [`p = putDecimal(out, p, ${source.u16 ?? source.u32});`];
  if (source.long) return [`p = putDecimalLong(out, p, ${source.long[0]}, ${source.long[1]});`];
  if (source.number) return [`p = putDecimalNumber(out, p, ${source.number});`];
  if (source.micros) return [`p = putTime(out, p, ${source.micros});`];
  if (source.address) {
    const { word, at, v4 = 'v4' } = source.address;
    return [
      'out[p++] = 0x22;',
      `p = ${v4} ? putIpv4(out, p, ${word}) : putIpv6(out, p, s.u8, ${at});`,
      'out[p++] = 0x22;',
    ];
  }
  if (source.name) return name(source.name);
  if (source.double) return [`p = putDoubleJson(out, p, ${source.double});`];
  if (source.text) return [`p = putTextJson(out, p, ${source.text}, ${bytesOf(node)});`];
  if (source.bytes) return [`p = putHex(out, p, u8, ${source.bytes.at}, ${source.bytes.length}, ${bytesOf(node)});`];
  if (source.ascii) {
    const { bytes, at, length } = source.ascii;
    return [`p = putPrintableJson(out, p, ${bytes}, ${at}, ${length}, ${bytesOf(node)});`];
  }
  if (source.join) {
    const { handle, fragments, mostJson } = source.join;
    return [
      `if (${handle} === 0) {`,
      ...indent(textStores('null')),
      `} else p = putSlice(out, p, ${fragments}.json(${handle}), ${mostJson});`,
    ];
  }
  throw new Error(`no JSON form of ${node.kind} from ${JSON.stringify(source)}`);
}

function name({ at, max }) {
  return [
    'n = 0;',
    't = 0;',
    `o = ${at};`,
    `while (n < ${max} && (t = u8[o + n]!) >= 0x20 && t < 0x7f && t !== 0x5c && t !== 0x22) out[p + ++n] = t;`,
    `if (t === 0 || n === ${max}) {`,
    '  out[p] = 0x22;',
    '  p += n + 1;',
    '  out[p++] = 0x22;',
    `} else p = putJsonName(out, p, u8, o, nameEnd(u8, o, ${max}));`,
  ];
}

/** Turns texts into stores; `count` is told their bytes. */
function flush(parts, count) {
  return joinTexts(parts, (text) => {
    count(Buffer.byteLength(text));
    return textStores(text);
  });
}

/**
 * {lines, bound, table}: the code after the prefix (which ends behind its last field's value), the most bytes of it, and the bytes of
 * the doubles it stores.
 */
export function jsonWriter(root, sources, constants) {
  table = new TextTable();
  let bound = 0;
  const count = (bytes) => {
    bound += bytes;
  };
  /** `visit`, and what it adds to the bound so many times. */
  const times = (most, visit) => {
    const before = bound;
    const lines = flush(visit(), count);
    bound = before + most * (bound - before + 1);
    return lines;
  };
  const elements = ({ count: length, index }, most, body) => [
    `within(${length}, ${most});`,
    `for (let ${index} = 0; ${index} < ${length}; ${index}++) {`,
    `  if (${index} > 0) out[p++] = 0x2c;`,
    ...indent(body),
    '}',
  ];
  const parts = walk(root, sources, {
    array: (node, source, visit) => [
      { text: '[' },
      ...elements(source, node.most, times(node.most, visit)),
      { text: ']' },
    ],
    map: (node, source, visit) => [
      { text: '{' },
      ...elements(
        source,
        node.most,
        times(node.most, () => {
          bound += 2 + constants.JSON_STRING_GROWTH * node.bytes;
          return [`p = putTextJson(out, p, ${source.key}, ${node.bytes});`, { text: ':' }, ...visit()];
        }),
      ),
      { text: '}' },
    ],
    record: (node, visit, path) => {
      const inner = node.fields.flatMap((field, i) => {
        const value = visit(field);
        const isPrefix = path === '' && sources.source[field.name]?.prefix;
        return isPrefix ? value : [{ text: `${i === 0 ? '' : ','}"${field.name}":` }, ...value];
      });
      return [...(path === '' ? [] : [{ text: '{' }]), ...inner, { text: path === '' ? '}\n' : '}' }];
    },
    optional: (condition, visit) => {
      const lines = flush(visit(), count);
      return [`if (${condition}) {`, ...indent(lines), '} else {', ...indent(textStores('null')), '}'];
    },
    leaf: (node, source) => {
      bound += Math.max(leafBound(node, source, 'json', constants), 4);
      if (node.kind === 'enum') bound += Math.max(...node.symbols.map((symbol) => symbol.length + 2));
      return leaf(node, source);
    },
  });
  return { lines: flush(parts, count), bound, table: table.bytes };
}
