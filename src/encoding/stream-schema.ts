import type { RecordType } from './record-type.js';

/**
 * Schema of a stream of records of these types: a union, since one container holds them all in the order they were made. A named type that
 * several of them have is spelt out in the first.
 */
export function streamSchema(types: readonly Pick<RecordType, 'schema'>[]): string {
  const known = new Set<string>();
  return `[${types.map(({ schema }) => JSON.stringify(withoutRepeats(JSON.parse(schema), known))).join(',')}]`;
}

type Schema = string | readonly Schema[] | { [attribute: string]: unknown; name?: string };

function withoutRepeats(schema: Schema, known: Set<string>): Schema {
  if (typeof schema === 'string') return schema;
  if (Array.isArray(schema)) return schema.map((branch) => withoutRepeats(branch, known));
  const node = schema as { [attribute: string]: unknown; name?: string };
  if (node.name !== undefined) {
    if (known.has(node.name)) return node.name;
    known.add(node.name);
  }
  const inner = (type: unknown): Schema => withoutRepeats(type as Schema, known);
  // Every attribute stays where it stood: the text is what readers see.
  return Object.fromEntries(
    Object.entries(node).map(([attribute, value]) => {
      if (attribute === 'fields')
        return [attribute, (value as { type: unknown }[]).map((field) => ({ ...field, type: inner(field.type) }))];
      return [attribute, ['type', 'items', 'values'].includes(attribute) ? inner(value) : value];
    }),
  );
}
