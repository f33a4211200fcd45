/** The client against a real registry (Apicurio): our schemas are taken, held to their level, and come back. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RECORD_TYPES } from '../../src/records.gen.js';
import { SchemaRegistry } from '../../src/registry/schema-registry.js';
import { needKafka, part } from './support/kafka.js';

/** A subject that no other test or run has. */
const subjectOf = (name: string): string => `${name}-${randomUUID()}`;
const CONNECTION = RECORD_TYPES.find(({ name }) => name === 'connection')!.schema;

describe.each(RECORD_TYPES.map(({ name, schema }) => ({ name, schema })))('$name', ({ name, schema }) => {
  it('is registered as FULL_TRANSITIVE, always under the same id, and comes back as it was', async (context) => {
    const registry = await SchemaRegistry.open({ url: needKafka(context).registry });
    const subject = subjectOf(name);
    await registry.setLevel('FULL_TRANSITIVE', subject);
    const id = await registry.register(subject, schema);
    expect(await registry.register(subject, schema)).toBe(id);
    expect(await registry.register(subjectOf(name), schema)).toBe(id);
    expect(JSON.parse((await registry.byId(id))!)).toEqual(JSON.parse(schema));
    expect(await registry.versions(subject)).toEqual([1]);
    expect(await registry.version(subject, 'latest')).toMatchObject({ subject, version: 1, id });
    expect(await registry.lookUp(subject, schema)).toMatchObject({ version: 1, id });
    expect(await registry.level(subject)).toBe('FULL_TRANSITIVE');
  });

  it('may get fields with a default and symbols, and nothing else', async (context) => {
    const registry = await SchemaRegistry.open({ url: needKafka(context).registry });
    const subject = subjectOf(name);
    await registry.setLevel('FULL_TRANSITIVE', subject);
    const id = await registry.register(subject, schema);
    const grown = JSON.parse(schema, (_, value) =>
      value?.type === 'enum' ? { ...value, symbols: [...value.symbols, 'of_tomorrow'] } : value,
    );
    grown.fields.push({ name: 'of_tomorrow', type: ['null', 'long'], default: null });
    expect(await registry.isCompatible(subject, JSON.stringify(grown))).toBe(true);
    expect(await registry.register(subject, JSON.stringify(grown))).not.toBe(id);
    expect(await registry.versions(subject)).toEqual([1, 2]);

    const { fields, ...rest } = JSON.parse(schema);
    for (const broken of [
      { ...rest, fields: fields.filter((field: { name: string }) => field.name !== 'host') },
      { ...rest, fields: [...fields, { name: 'needed', type: 'long' }] },
    ]) {
      expect(await registry.isCompatible(subject, JSON.stringify(broken))).toBe(false);
      const error = await registry.register(subject, JSON.stringify(broken)).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'CONNTRAIL_REGISTRY_INCOMPATIBLE' });
      expect(error.message.split('\n')).toHaveLength(1);
      expect(error.message).toContain('409');
    }
    expect(await registry.versions(subject)).toEqual([1, 2]);
  });
});

describe('a registry', () => {
  it('has nothing of what was never there, and takes no nonsense', async (context) => {
    const registry = await SchemaRegistry.open({ url: needKafka(context).registry });
    const subject = subjectOf('absent');
    expect(await registry.byId(987_654)).toBeNull();
    expect(await registry.versions(subject)).toEqual([]);
    expect(await registry.version(subject, 1)).toBeNull();
    expect(await registry.lookUp(subject, CONNECTION)).toBeNull();
    expect(await registry.level(subject)).toBeNull();
    expect(await registry.isCompatible(subject, CONNECTION)).toBe(true);
    for (const schema of ['nonsense', '{"type":"record"}'])
      await expect(registry.register(subject, schema)).rejects.toMatchObject({ code: 'CONNTRAIL_REGISTRY_SCHEMA' });
  });

  it('at another path is none', async (context) => {
    const { registry: url } = needKafka(context);
    for (const other of [new URL('/', url).href, url.replace(/v7$/, 'v6'), `${url}/nonsense`]) {
      const registry = await SchemaRegistry.open({ url: other });
      await expect(registry.register(subjectOf('s'), CONNECTION)).rejects.toMatchObject({
        code: 'CONNTRAIL_REGISTRY_ANSWER',
      });
    }
  });

  it('that is down cannot be reached; once it is back, without what it had, registering works again', async (context) => {
    const registry = await SchemaRegistry.open({ url: needKafka(context).registry, attempts: 2 });
    const subject = subjectOf('connection');
    const id = await registry.register(subject, CONNECTION);
    onTestFinished(() => part('up', 'registry'));
    part('kill', 'registry');
    await expect(registry.register(subject, CONNECTION)).rejects.toMatchObject({
      code: 'CONNTRAIL_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    part('up', 'registry');
    expect(await registry.lookUp(subject, CONNECTION)).toBeNull();
    // Another schema takes the first id, so that ours gets another than before, or the same by chance alone.
    await registry.register(subjectOf('first'), '"string"');
    const again = await registry.register(subject, CONNECTION);
    expect(again).toBeGreaterThan(1);
    expect(JSON.parse((await registry.byId(again))!)).toEqual(JSON.parse(CONNECTION));
    expect(id).toBeGreaterThan(0);
  });

  it('that hangs is left after the time-out, and asked again', async (context) => {
    const registry = await SchemaRegistry.open({ url: needKafka(context).registry, attempts: 2, timeoutMs: 300 });
    onTestFinished(() => part('thaw', 'registry'));
    part('freeze', 'registry');
    await expect(registry.versions(subjectOf('s'))).rejects.toMatchObject({
      code: 'CONNTRAIL_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('within 300 ms'),
    });
  });
});
