import avro, { type Schema } from 'avsc';
import { changes } from './changes.js';

/**
 * Why `newer` may not follow the released `older`; empty when it may: FULL compatibility, as a schema registry has it. Each must read
 * what the other wrote by Avro's rules (avsc), and beyond them nothing may go, be renamed or become another type: Avro lets a reader
 * promote int to long, skip a field or take bytes for a string, which the queries of those who read the records do not survive.
 */
export function incompatibilities(older: Schema, newer: Schema): string[] {
  const problems: string[] = [];
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
  return [...problems, ...changes(older, newer)];
}

const parse = (schema: Schema) => avro.Type.forSchema(schema);
