import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
const COMMON = new Map(
  readdirSync(join(SCHEMAS, 'common')).map((file) => {
    const type = read(join(SCHEMAS, 'common', file)) as { name: string };
    return [type.name, type];
  }),
);
/** With each common type written out where it is first named, as readers need it. */
const current = (name: string): Schema => {
  const done = new Set<string>();
  return JSON.parse(readFileSync(join(SCHEMAS, `${name}.avsc`), 'utf8'), function reviver(this: object, key, value) {
    const isType = typeof value === 'string' && (key === 'type' || Array.isArray(this));
    if (!isType || !COMMON.has(value) || done.has(value)) return value;
    done.add(value);
    return COMMON.get(value);
  });
};

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

  it('gives every enum a default, without which it could never get another symbol', () => {
    const visit = (type: unknown): void => {
      if (typeof type !== 'object' || type === null) return;
      const {
        type: kind,
        symbols,
        default: fallback,
      } = type as { type?: string; symbols?: string[]; default?: string };
      if (kind === 'enum') expect(symbols).toContain(fallback);
      for (const inner of Object.values(type)) visit(inner);
    };
    visit(current(name));
  });
});

/** Each version, and the schemas that were released with it. */
const RELEASES = readdirSync(RELEASED).map((version) => ({
  version,
  names: readdirSync(join(RELEASED, version)).map((file) => file.slice(0, -'.avsc'.length)),
}));

describe.each(RELEASES)('release $version', ({ version, names }) => {
  it.each(names)('%s is followed by the present schema, each reading the other', (name) => {
    expect(NAMES, 'a released record type was removed').toContain(name);
    expect(incompatibilities(read(join(RELEASED, version, `${name}.avsc`)), current(name))).toEqual([]);
  });
});

describe('release-schemas', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'scripts/release-schemas.mjs'), ...args], { encoding: 'utf8' });

  it('writes every schema complete, and never over one that is there', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'conntrail-schemas-'));
    try {
      const folder = join(scratch, 'release');
      expect(run(folder)).toMatchObject({ status: 0, stderr: '' });
      expect(readdirSync(folder).sort()).toEqual(NAMES.map((name) => `${name}.avsc`).sort());
      for (const { name, schema } of RECORD_TYPES)
        expect(read(join(folder, `${name}.avsc`))).toEqual(JSON.parse(schema));
      expect(run(folder)).toMatchObject({ status: 1, stderr: expect.stringContaining('never change') });
    } finally {
      rmSync(scratch, { recursive: true });
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

  const enumOf = (symbols: string[], fallback?: string) =>
    schema({
      name: 'e',
      type: { type: 'enum', name: 'E', symbols, ...(fallback === undefined ? {} : { default: fallback }) },
    });

  it('lets an enum with a default have another symbol, and no other enum', () => {
    expect(incompatibilities(enumOf(['x', 'other'], 'other'), enumOf(['x', 'other', 'y'], 'other'))).toEqual([]);
    expect(incompatibilities(enumOf(['x']), enumOf(['x', 'y']))).toHaveLength(1);
  });

  // Those that avsc's resolver lets pass both ways have no "read" in what is found.
  it.each<[string, Schema, Schema, string[]]>([
    ['a field removed', schema(a, { ...a, name: 'b', default: 0 }), schema(a), ['field R.b was removed or renamed']],
    ['a field without a default removed', schema(a, { ...a, name: 'b' }), schema(a), ['read', 'removed or renamed']],
    ['a field retyped', schema(a), schema({ ...a, type: 'string' }), ['read', 'read', 'R.a was long and is string']],
    ['a promotion', schema({ ...a, type: 'int' }), schema(a), ['read', 'R.a was int and is long']],
    [
      'text that becomes bytes',
      schema({ ...a, type: 'string' }),
      schema({ ...a, type: 'bytes' }),
      ['R.a was string and is bytes'],
    ],
    ['a field that becomes nullable', schema(a), schema({ ...a, type: ['null', 'long'] }), ['read', 'R.a was long']],
    [
      'a logical type',
      schema({ ...a, type: { type: 'long', logicalType: 'timestamp-micros' } }),
      schema(a),
      ['R.a was long as timestamp-micros and is long'],
    ],
    ['a default changed', schema({ ...a, default: 1 }), schema({ ...a, default: 2 }), ['the default of R.a changed']],
    ['a default removed', schema({ ...a, default: 1 }), schema(a), ['the default of R.a changed']],
    [
      'a symbol removed',
      enumOf(['x', 'y', 'other'], 'other'),
      enumOf(['x', 'other'], 'other'),
      ['symbol y of E was removed or renamed'],
    ],
    ["an enum's default changed", enumOf(['x', 'y'], 'x'), enumOf(['x', 'y'], 'y'), ['the default of E changed']],
    [
      'a record renamed',
      schema(a),
      { type: 'record', name: 'S', fields: [a] } as Schema,
      ['read', 'read', 'record R was record R and is record S'],
    ],
    [
      'an element retyped',
      schema({ name: 'a', type: { type: 'array', items: 'string' } }),
      schema({ name: 'a', type: { type: 'array', items: 'bytes' } }),
      ['R.a[] was string and is bytes'],
    ],
  ])('finds %s', (_, older, newer, found) => {
    const problems = incompatibilities(older, newer);
    expect(problems).toHaveLength(found.length);
    for (const [i, part] of found.entries()) expect(problems[i]).toContain(part);
  });

  it('finds a break in a schema of ours, as deep as it may be', () => {
    const broken = JSON.parse(
      JSON.stringify(current('connection')).replace('"port","type":"int"', '"port","type":"long"'),
    );
    expect(incompatibilities(current('connection'), broken)).toContain('LocalEndpoint.port was int and is long');
  });
});
