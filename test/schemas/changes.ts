/** What of a schema's structure may not change from one release to the next, whatever a lenient reader makes of it. */

interface Field {
  name: string;
  type: unknown;
  default?: unknown;
}

interface Node {
  type: unknown;
  name?: string;
  namespace?: string;
  fields?: Field[];
  symbols?: string[];
  default?: string;
  items?: unknown;
  values?: unknown;
  size?: number;
  logicalType?: string;
}

/** Full name → the node that declares it. */
type Names = Map<string, Node>;

/** Each change that may not be, in a sentence; order of fields, docs and bounds are free. */
export function changes(released: unknown, present: unknown): string[] {
  // Names become full in them.
  const [older, newer] = structuredClone([released, present]);
  const problems: string[] = [];
  const seen = new Set<string>();
  const before: Names = new Map();
  const after: Names = new Map();
  collect(older, '', before);
  collect(newer, '', after);

  const compare = (a: unknown, b: unknown, at: string): void => {
    const [left, right] = [kindOf(a, before), kindOf(b, after)];
    if (left !== right) {
      problems.push(`${at} was ${left} and is ${right}`);
      return;
    }
    if (Array.isArray(a)) for (const [i, branch] of a.entries()) compare(branch, (b as unknown[])[i], at);
    const [from, to] = [resolve(a, before), resolve(b, after)];
    if (from === undefined || to === undefined) return;
    if (from.name !== undefined) {
      if (seen.has(left)) return;
      seen.add(left);
    }
    if (from.fields !== undefined) compareFields(from.fields, to.fields ?? [], from.name!);
    if (from.symbols !== undefined) compareSymbols(from, to);
    for (const inner of ['items', 'values'] as const)
      if (from[inner] !== undefined) compare(from[inner], to[inner], `${at}[]`);
    if (from.name === undefined && typeof from.type === 'object') compare(from.type, to.type, at);
  };

  const compareFields = (from: Field[], to: Field[], record: string): void => {
    const later = new Map(to.map((field) => [field.name, field]));
    for (const field of from) {
      const at = `${record}.${field.name}`;
      const now = later.get(field.name);
      later.delete(field.name);
      if (now === undefined) problems.push(`field ${at} was removed or renamed`);
      else {
        if ('default' in field && JSON.stringify(field.default) !== JSON.stringify(now.default))
          problems.push(`the default of ${at} changed`);
        compare(field.type, now.type, at);
      }
    }
    for (const [name, field] of later)
      if (!('default' in field)) problems.push(`new field ${record}.${name} has no default`);
  };

  const compareSymbols = (from: Node, to: Node): void => {
    for (const symbol of from.symbols!)
      if (!to.symbols!.includes(symbol)) problems.push(`symbol ${symbol} of ${from.name} was removed or renamed`);
    if (from.default !== to.default) problems.push(`the default of ${from.name} changed`);
  };

  compare(older, newer, kindOf(older, before));
  return problems;
}

/** What a type is, without what is inside of it: `["null", "long"]`, `record conntrail.Connection`, `long as timestamp-micros`. */
function kindOf(type: unknown, names: Names): string {
  if (Array.isArray(type)) return `[${type.map((branch) => kindOf(branch, names)).join(', ')}]`;
  const node = resolve(type, names);
  if (node === undefined) return String(type);
  if (node.name !== undefined)
    return `${node.type} ${fullName(node)}${node.size === undefined ? '' : ` of ${node.size}`}`;
  const base = typeof node.type === 'string' ? node.type : kindOf(node.type, names);
  return node.logicalType === undefined ? base : `${base} as ${node.logicalType}`;
}

/** The declaration that a type is or names; undefined for a simple one, or a union. */
function resolve(type: unknown, names: Names): Node | undefined {
  if (typeof type === 'string') return names.get(type) ?? named(type, names);
  return Array.isArray(type) || typeof type !== 'object' || type === null ? undefined : (type as Node);
}

/** All that conntrail declares is in one namespace, in which short names are enough. */
function named(type: string, names: Names): Node | undefined {
  return [...names].find(([name]) => name.endsWith(`.${type}`))?.[1];
}

const fullName = ({ namespace, name }: Node): string =>
  namespace === undefined || namespace === '' ? name! : `${namespace}.${name}`;

function collect(type: unknown, namespace: string, names: Names): void {
  if (Array.isArray(type)) for (const branch of type) collect(branch, namespace, names);
  if (Array.isArray(type) || typeof type !== 'object' || type === null) return;
  const node = type as Node;
  if (node.name !== undefined) {
    node.namespace ??= namespace;
    names.set(fullName(node), node);
  }
  const inner = node.namespace ?? namespace;
  for (const field of node.fields ?? []) collect(field.type, inner, names);
  for (const each of [node.items, node.values, node.type]) collect(each, inner, names);
}
