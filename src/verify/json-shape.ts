/** Whether a value is what a schema says, in the words of NDJSON. */
export type Shape = (value: unknown) => boolean;

interface SchemaNode {
  type: Schema;
  name?: string;
  items?: Schema;
  values?: Schema;
  logicalType?: string;
  symbols?: readonly string[];
  fields?: readonly { name: string; type: Schema; default?: unknown }[];
}
type Schema = string | SchemaNode | readonly Schema[];

const HEX = /^(?:[0-9a-f]{2})*$/;
const TIME = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{6}Z$/;

/**
 * Of a record schema (JSON text): every field without a default is there, nothing else is, and each has its type. Members in `beside` are
 * left to the caller.
 */
export function shapeOf(schema: string, beside: readonly string[]): Shape {
  return shape(JSON.parse(schema) as Schema, new Map(), new Set(beside));
}

const NOTHING: ReadonlySet<string> = new Set();

function shape(schema: Schema, named: Map<string, Shape>, beside = NOTHING): Shape {
  if (Array.isArray(schema)) {
    const branches = (schema as readonly Schema[]).map((branch) => shape(branch, named));
    return (value) => branches.some((branch) => branch(value));
  }
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? named.get(schema)!;
  const node = schema as SchemaNode;
  const found = complex(node, named, beside);
  if (node.name !== undefined) named.set(node.name, found);
  return found;
}

const PRIMITIVES: Readonly<Record<string, Shape>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  int: (value) => Number.isInteger(value),
  long: (value) => Number.isInteger(value),
  double: (value) => typeof value === 'number',
  bytes: (value) => typeof value === 'string' && HEX.test(value),
};

function complex(node: SchemaNode, named: Map<string, Shape>, beside: ReadonlySet<string>): Shape {
  const { type, symbols, fields, logicalType, items, values } = node;
  if (symbols !== undefined) return (value) => symbols.includes(value as string);
  if (logicalType === 'timestamp-micros') return (value) => typeof value === 'string' && TIME.test(value);
  if (items !== undefined) {
    const item = shape(items, named);
    return (value) => Array.isArray(value) && value.every(item);
  }
  if (values !== undefined) {
    const entry = shape(values, named);
    return (value) => typeof value === 'object' && value !== null && Object.values(value).every(entry);
  }
  if (fields === undefined) return shape(type, named);
  const shapes = new Map(fields.map((field) => [field.name, shape(field.type, named)]));
  const needed = fields.filter((field) => !('default' in field)).map(({ name }) => name);
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    for (const [key, member] of Object.entries(value)) {
      if (!beside.has(key) && shapes.get(key)?.(member) !== true) return false;
    }
    return needed.every((key) => key in value);
  };
}
