import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Schema } from 'avsc';
import { describe, expect, it } from 'vitest';
import { RECORD_TYPES } from '../../src/records.gen.js';
import { incompatibilities } from './compatibility.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCHEMAS = join(ROOT, 'schemas');
const RELEASED = join(SCHEMAS, 'released');
const NAMES = readdirSync(SCHEMAS)
  .filter((name) => name.endsWith('.avsc'))
  .map((name) => name.slice(0, -'.avsc'.length));

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Schema;
const current = (name: string) => read(join(SCHEMAS, `${name}.avsc`));

describe('the generated files', () => {
  it('are what the schemas and the wire layout say', () => {
    execFileSync(process.execPath, [join(ROOT, 'scripts/generate-records.mjs'), '--check'], { stdio: 'pipe' });
    for (const { name, schema } of RECORD_TYPES) {
      const { room: _, ...written } = current(name) as { room?: string };
      expect(JSON.parse(schema)).toEqual(written);
    }
  });

  it('list every schema once, each at its index', () => {
    expect(RECORD_TYPES.map(({ index }) => index)).toEqual(NAMES.map((_, i) => i));
    expect(RECORD_TYPES.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
  });
});

describe.each(NAMES)('schema %s', (name) => {
  it('documents every field, and gives every nullable one the default null', () => {
    const visit = (type: unknown, path: string) => {
      if (Array.isArray(type)) for (const branch of type) visit(branch, path);
      if (typeof type !== 'object' || type === null) return;
      const { fields = [] } = type as { fields?: { name: string; type: unknown; doc?: string; default?: unknown }[] };
      for (const field of fields) {
        const at = `${path}.${field.name}`;
        expect(field.doc, at).toMatch(/\w.*\.$/s);
        expect(field.name, at).toMatch(/^[a-z][a-z0-9_]*$/);
        if (Array.isArray(field.type)) expect(field, at).toMatchObject({ default: null });
        visit(field.type, at);
      }
    };
    visit(current(name), name);
  });

  it('is compatible with every released version', () => {
    const versions = existsSync(RELEASED) ? readdirSync(RELEASED) : [];
    for (const version of versions) {
      const file = join(RELEASED, version, `${name}.avsc`);
      if (existsSync(file)) expect(incompatibilities(read(file), current(name)), version).toEqual([]);
    }
  });
});

describe('incompatibilities', () => {
  type Field = { name: string; type: unknown; default?: unknown };
  const schema = (...fields: Field[]) => ({ type: 'record', name: 'R', fields }) as Schema;
  const a = { name: 'a', type: 'long' };

  it('lets a field with a default be added, at any depth', () => {
    const nested = (...fields: Field[]) =>
      schema(a, { name: 'n', type: ['null', { type: 'record', name: 'N', fields }] });
    expect(incompatibilities(schema(a), schema(a, { name: 'b', type: ['null', 'long'], default: null }))).toEqual([]);
    expect(incompatibilities(nested(a), nested(a, { name: 'b', type: 'long', default: 0 }))).toEqual([]);
    expect(incompatibilities(nested(a), nested(a, { name: 'b', type: 'long' }))).toContain(
      'new field N.b has no default',
    );
  });

  it('refuses removed, renamed and retyped fields and new symbols without a default', () => {
    const b = { name: 'b', type: 'long', default: 0 };
    expect(incompatibilities(schema(a, b), schema(a))).toEqual(['field R.b was removed or renamed']);
    expect(incompatibilities(schema(a), schema({ name: 'a', type: 'string' }))).toHaveLength(2);
    const symbols = (...list: string[]) => schema({ name: 'e', type: { type: 'enum', name: 'E', symbols: list } });
    expect(incompatibilities(symbols('x'), symbols('x', 'y'))).toHaveLength(1);
  });
});
