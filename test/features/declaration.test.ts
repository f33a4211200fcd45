/** What a feature declares, and what there must be of it elsewhere: for whatever stands in FEATURES. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { FEATURES, setAside } from '../../src/features.js';
import { featureOf } from '../../src/frames/frame-kind.js';
import { ACCOUNT, CORE_KIND, LOST_PLACES, NOTE_PLACES } from '../../src/frames/layout.gen.js';
import { RUNGS } from '../../src/pipeline/hooks.js';
import { RECORD_TYPES } from '../../src/records.gen.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Names that stand in records and frames: lower case, words parted by underscores. */
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
/** Names of options, in TypeScript. */
const OPTION = /^[a-z][a-zA-Z0-9]*$/;
/** Bytes of a name, features of a ledger record, record types of a row, causes of `discarded`: schemas/ledger.avsc. */
const MOST = { name: 32, features: 32, records: 8, discards: 16 };

interface SchemaDocument {
  name: string;
  namespace: string;
}

const read = (path: string): string => readFileSync(ROOT + path, 'utf8');
const unique = (list: readonly unknown[]): void => expect(new Set(list).size).toBe(list.length);
const schemas = new Map(
  readdirSync(`${ROOT}schemas`)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => [file, JSON.parse(read(`schemas/${file}`)) as SchemaDocument]),
);

function named(names: readonly string[]): void {
  unique(names);
  for (const name of names) {
    expect(name).toMatch(NAME);
    expect(name.length).toBeLessThanOrEqual(MOST.name);
  }
}

test('features differ in names, numbers, kinds, hook groups and records', () => {
  named(FEATURES.map(({ name }) => name));
  unique(FEATURES.map(({ id }) => id));
  unique(FEATURES.map(({ layout }) => layout));
  unique(FEATURES.flatMap(({ kinds }) => kinds.map(({ kind }) => kind)));
  unique(FEATURES.flatMap(({ hooks }) => hooks.map(({ id }) => id)));
  unique(FEATURES.flatMap(({ records }) => records.map(({ name }) => name)));
  expect(FEATURES.length).toBeLessThanOrEqual(MOST.features);
});

describe.each(FEATURES.map((feature) => [feature.name, feature] as const))('%s', (name, feature) => {
  test('its number fits into a byte, is not that of the core, and is in all its kinds and hook groups', () => {
    expect(feature.id).toBeGreaterThan(featureOf(CORE_KIND.clock));
    expect(feature.id).toBeLessThan(256);
    for (const { kind, name: of, least, most, units } of feature.kinds) {
      expect(featureOf(kind)).toBe(feature.id);
      expect(of).toMatch(NAME);
      expect(least).toBeLessThanOrEqual(most);
      expect(units).toBeGreaterThanOrEqual(0);
    }
    for (const { id } of feature.hooks) expect(id >>> 8).toBe(feature.id);
    expect(feature.kinds.length).toBeGreaterThan(0);
    expect(feature.layout).toMatch(/^[0-9a-f]{16}$/);
  });

  test('its counters have names, and places in an account', () => {
    named(feature.causes);
    named(feature.notes);
    named(feature.discards);
    expect(feature.causes.length).toBeLessThanOrEqual(LOST_PLACES);
    expect(feature.notes.length).toBeLessThan(NOTE_PLACES);
    expect(feature.discards.length).toBeLessThan(MOST.discards);
    expect(ACCOUNT.notes - ACCOUNT.lost).toBe(8 * LOST_PLACES);
    expect(feature.discards[0]).toBe('invalid_frame');
    // What is no loss is one of its discards, and never what the router counts.
    named(feature.setAside ?? []);
    for (const cause of feature.setAside ?? []) expect(feature.discards.slice(1)).toContain(cause);
    expect(setAside(feature.name)).toEqual(new Set(feature.setAside));
    // The pipeline counts these for every feature.
    expect(feature.discards).not.toContain('unencodable');
    expect(feature.notes).not.toContain('unordered');
    expect(feature.unit).toMatch(NAME);
  });

  test('it comes behind the features whose joins it takes', () => {
    const before = FEATURES.slice(0, FEATURES.indexOf(feature)).map((each) => each.name);
    for (const other of feature.after) expect(before).toContain(other);
  });

  test('each of its hooks says what it gives, and has its objects', () => {
    unique(feature.hooks.map((group) => group.name));
    for (const { name: group, gives, rungs, after = [] } of feature.hooks) {
      expect(group).toMatch(NAME);
      expect(gives.trim()).not.toBe('');
      expect(rungs.length).toBeGreaterThan(0);
      for (const other of after) expect(feature.hooks.map((each) => each.name)).toContain(other);
      for (const { rung, objects } of rungs) {
        expect(RUNGS).toContain(rung);
        for (const { object } of objects) expect(existsSync(`${ROOT}bpf/${object}.bpf.c`), object).toBe(true);
      }
    }
  });

  test('each of its options is described, has a name of TypeScript, and may be left out', () => {
    const { shape } = feature.options as unknown as z.ZodObject;
    for (const [option, type] of Object.entries(shape)) {
      expect(option).toMatch(OPTION);
      expect(type.description ?? '', option).not.toBe('');
    }
    expect(feature.options.safeParse({}).success).toBe(true);
    expect(feature.options.safeParse({ no_such_option: 1 }).success).toBe(false);
  });

  test('each of its records is a type of the stream, and has a schema and a section in the documentation', () => {
    expect(feature.records.length).toBeLessThanOrEqual(MOST.records);
    const document = read('docs/records.md');
    for (const { name: record, fullName, schema, index } of feature.records) {
      expect(record).toMatch(NAME);
      expect(RECORD_TYPES[index]?.name).toBe(record);
      const [file] = [...schemas].find(([, node]) => `${node.namespace}.${node.name}` === fullName) ?? [''];
      expect(file, fullName).toBe(`${record}.avsc`);
      expect(JSON.parse(schema)).toMatchObject({ name: fullName.split('.').at(-1) });
      expect(document).toContain(`\n## ${fullName.split('.').at(-1)}\n\n\`schemas/${file}\``);
    }
  });

  test('what it says of a check of its own is there', () => {
    const { interval, answer } = feature.check ?? {};
    const { shape } = feature.options as unknown as z.ZodObject;
    if (interval !== undefined) {
      expect(feature.options.safeParse({ [interval.option]: interval.ms }).success).toBe(true);
      expect(Object.keys(shape)).toContain(interval.option);
    }
    if (answer !== undefined) {
      expect(interval).toBeDefined();
      expect(answer.readings).toBeGreaterThan(0);
      expect(feature.records.map((type) => type.name)).toContain(answer.type.name);
    }
  });

  test('it has a title and a section in the documentation', () => {
    expect(feature.title.trim()).not.toBe('');
    expect(feature.title).not.toMatch(/[.\n]$/);
    expect(read('docs/features.md')).toContain(`\n## ${name}\n`);
  });
});
