/**
 * One walk over schema and sources for every target: the target says how a leaf, an option and a record look.
 * @module
 */

/**
 * @param {{record: Function, optional: Function, leaf: Function}} target each returns lines of code
 * @param {{source: Record<string, any>, when: Record<string, string>}} sources
 */
export function walk(root, sources, target) {
  const used = new Set();
  const visit = (node, path) => {
    if (node.kind === 'optional') {
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
    const source = sources.source[path];
    if (source === undefined) throw new Error(`no source for ${path}`);
    used.add(path);
    return target.leaf(node, source, path);
  };
  const result = visit(root, '');
  for (const path of Object.keys(sources.source)) if (!used.has(path)) throw new Error(`${path} is not in the schema`);
  for (const path of Object.keys(sources.when))
    if (!used.has(`when ${path}`)) throw new Error(`${path} is not nullable in the schema`);
  return result;
}

/** Most bytes of each leaf in Avro and in JSON; `constants` are the bounds of the hand-written helpers, by name. */
export function leafBound(source, format, constants) {
  const avro = format === 'avro';
  if (source.prefix || source.flag) return avro ? 1 : 5;
  if (source.bit || source.index !== undefined) return 1;
  if (source.long || source.number) return avro ? constants.MAX_LONG_BYTES : constants.MAX_DECIMAL_BYTES;
  if (source.micros) return avro ? constants.MAX_LONG_BYTES : constants.MAX_TIME_BYTES;
  if (source.u32) return avro ? 5 : 10;
  if (source.u16) return avro ? 3 : 5;
  if (source.address) return constants.MAX_ADDRESS_BYTES + 2;
  if (source.name)
    return avro ? 2 + source.name.max * constants.SAFE_TEXT_GROWTH : 2 + source.name.max * constants.JSON_NAME_GROWTH;
  throw new Error(`no bound for ${JSON.stringify(source)}`);
}
