/**
 * One walk over schema and sources for every target: the target says how a leaf, an option, a record, an array and a map look.
 * @module
 */

/**
 * @param {{record: Function, optional: Function, leaf: Function, array?: Function, map?: Function}} target each returns lines of code
 * @param {{source: Record<string, any>, when: Record<string, string>}} sources
 */
export function walk(root, sources, target) {
  const used = new Set();
  const take = (path) => {
    const source = sources.source[path];
    if (source === undefined) throw new Error(`no source for ${path}`);
    used.add(path);
    return source;
  };
  const visit = (node, path) => {
    if (node.kind === 'optional') {
      // What is joined is encoded already, whatever it is made of.
      if (sources.source[path]?.join) return target.leaf(node, take(path), path);
      const condition = sources.when[path];
      if (condition === undefined) throw new Error(`no condition for ${path}`);
      used.add(`when ${path}`);
      return target.optional(condition, () => visit(node.node, path), path);
    }
    if (node.kind === 'record') {
      return target.record(
        node,
        (field) => visit(field.node, path === '' ? field.name : `${path}.${field.name}`),
        path,
      );
    }
    if (node.kind === 'array' || node.kind === 'map') {
      if (target[node.kind] === undefined) throw new Error(`${path}: no ${node.kind} in a fast encoder`);
      const source = take(path)[node.kind];
      if (source === undefined) throw new Error(`${path} is not a source of ${node.kind}`);
      const inner = node.kind === 'array' ? `${path}[]` : `${path}{}`;
      return target[node.kind](node, source, () => visit(node.node, inner), path);
    }
    return target.leaf(node, take(path), path);
  };
  const result = visit(root, '');
  for (const path of Object.keys(sources.source)) if (!used.has(path)) throw new Error(`${path} is not in the schema`);
  for (const path of Object.keys(sources.when))
    if (!used.has(`when ${path}`)) throw new Error(`${path} is not nullable in the schema`);
  return result;
}

/** Most bytes that src/encoding makes safe as a name. */
const MOST_NAME = 64;

/** Most bytes of each leaf in Avro and in JSON; `constants` are the bounds of the hand-written helpers, by name. */
export function leafBound(node, source, format, constants) {
  const avro = format === 'avro';
  if (source.prefix || source.flag) return avro ? 1 : 5;
  if (source.bit || source.index !== undefined) return 1;
  if (source.long || source.number) return avro ? constants.MAX_LONG_BYTES : constants.MAX_DECIMAL_BYTES;
  if (source.micros) return avro ? constants.MAX_LONG_BYTES : constants.MAX_TIME_BYTES;
  if (source.u32) return avro ? 5 : 10;
  if (source.u16) return avro ? 3 : 5;
  if (source.double) return avro ? 8 : constants.MAX_DOUBLE_BYTES;
  if (source.address) return constants.MAX_ADDRESS_BYTES + 2;
  if (source.name) {
    if (source.name.max > MOST_NAME) throw new Error(`a name has at most ${MOST_NAME} bytes, not ${source.name.max}`);
    return avro ? 2 + source.name.max * constants.SAFE_TEXT_GROWTH : 2 + source.name.max * constants.JSON_NAME_GROWTH;
  }
  if (source.text || source.bytes) {
    const most = bytesOf(node);
    if (avro) return constants.MAX_LONG_BYTES + most;
    return 2 + most * (source.text ? constants.JSON_STRING_GROWTH : 2);
  }
  if (source.ascii) return avro ? constants.MAX_LONG_BYTES + bytesOf(node) : 2 + 2 * bytesOf(node);
  if (source.join) return avro ? 1 + source.join.most : source.join.mostJson;
  throw new Error(`no bound for ${JSON.stringify(source)}`);
}

/** The bound that the schema gives a string or bytes. */
export function bytesOf(node) {
  if (!Number.isInteger(node.bytes)) throw new Error(`say the most "bytes" of every ${node.kind}`);
  return node.bytes;
}
