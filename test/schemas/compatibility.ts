import avro, { type Schema } from 'avsc';

interface RecordSchema {
  name?: string;
  fields?: { name: string; type: unknown; default?: unknown }[];
}

/**
 * Why `newer` may not follow the released `older`; empty when it may. Both must read what the other wrote, and a field may only be
 * added, with a default.
 */
export function incompatibilities(older: Schema, newer: Schema): string[] {
  const problems: string[] = [];
  const parse = (schema: Schema) => avro.Type.forSchema(schema);
  for (const [reader, writer, what] of [
    [newer, older, 'cannot read what the released schema wrote'],
    [older, newer, 'writes what the released schema cannot read'],
  ] as const) {
    try {
      parse(reader).createResolver(parse(writer));
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`);
    }
  }
  const before = fieldsByRecord(older);
  const after = fieldsByRecord(newer);
  for (const [record, fields] of before) {
    for (const name of fields.keys()) {
      if (after.get(record)?.has(name) !== true) problems.push(`field ${record}.${name} was removed or renamed`);
    }
    for (const [name, hasDefault] of after.get(record) ?? []) {
      if (!fields.has(name) && !hasDefault) problems.push(`new field ${record}.${name} has no default`);
    }
  }
  return problems;
}

/** Of each record type in a schema: its fields, and whether they have a default. */
function fieldsByRecord(schema: unknown, found = new Map<string, Map<string, boolean>>()) {
  if (Array.isArray(schema)) for (const branch of schema) fieldsByRecord(branch, found);
  else if (typeof schema === 'object' && schema !== null) {
    const { name, fields } = schema as RecordSchema;
    if (name !== undefined && fields !== undefined) {
      found.set(name, new Map(fields.map((field) => [field.name, 'default' in field])));
      for (const field of fields) fieldsByRecord(field.type, found);
    } else fieldsByRecord((schema as { type?: unknown }).type, found);
  }
  return found;
}
