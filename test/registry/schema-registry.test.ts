import * as net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RECORD_TYPES } from '../../src/records.gen.js';
import { SchemaRegistry } from '../../src/registry/schema-registry.js';
import { RegistryDouble } from './double.js';

const A = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'long' }] });
const B = JSON.stringify({
  type: 'record',
  name: 'R',
  fields: [
    { name: 'a', type: 'long' },
    { name: 'b', type: ['null', 'long'], default: null },
  ],
});
const OTHER = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'string' }] });

async function pair(options = {}) {
  const double = await RegistryDouble.open();
  return {
    double,
    registry: await SchemaRegistry.open({ url: double.url, attempts: 1, timeoutMs: 30_000, ...options }),
  };
}

describe('what a registry does', () => {
  it('registers once, under one id for all subjects, and tells versions', async () => {
    const { registry } = await pair();
    const id = await registry.register('s', A);
    expect(await registry.register('s', A)).toBe(id);
    expect(await registry.register('other/subject?', A)).toBe(id);
    expect(await registry.register('s', B)).not.toBe(id);
    expect(await registry.versions('s')).toEqual([1, 2]);
    expect(await registry.version('s', 1)).toEqual({ subject: 's', version: 1, id, schema: A });
    expect(await registry.version('s', 'latest')).toMatchObject({ version: 2, schema: B });
    expect(await registry.lookUp('s', A)).toMatchObject({ version: 1, id });
    expect(await registry.byId(id)).toBe(A);
  });

  it('has nothing of what was never there', async () => {
    const { registry } = await pair();
    expect(await registry.byId(7)).toBeNull();
    expect(await registry.versions('s')).toEqual([]);
    expect(await registry.version('s', 'latest')).toBeNull();
    expect(await registry.lookUp('s', A)).toBeNull();
    expect(await registry.level('s')).toBeNull();
    expect(await registry.isCompatible('s', A)).toBe(true);
  });

  it('holds a subject to its level', async () => {
    const { registry } = await pair();
    expect(await registry.level()).toBe('BACKWARD');
    await registry.setLevel('FULL_TRANSITIVE', 's');
    expect(await registry.level('s')).toBe('FULL_TRANSITIVE');
    await registry.register('s', A);
    expect(await registry.isCompatible('s', B)).toBe(true);
    expect(await registry.isCompatible('s', OTHER)).toBe(false);
    await expect(registry.register('s', OTHER)).rejects.toMatchObject({
      code: 'CONNTRAIL_REGISTRY_INCOMPATIBLE',
      message: expect.stringMatching(/^the schema registry at 127.0.0.1:\d+ refuses a schema as incompatible.*409/),
    });
  });

  it('gives another id, or the same for another schema, once it was wiped', async () => {
    const { double, registry } = await pair();
    const id = await registry.register('s', A);
    double.wipe();
    expect(await registry.byId(id)).toBeNull();
    await registry.register('t', B);
    expect(await registry.byId(id)).toBe(B);
    expect(await registry.register('s', A)).not.toBe(id);
  });

  it.each(RECORD_TYPES.map(({ name, schema }) => [name, schema]))('takes %s', async (name, schema) => {
    const { registry } = await pair();
    await registry.setLevel('FULL_TRANSITIVE', name);
    expect(await registry.register(name, schema)).toBe(await registry.register(name, schema));
  });

  it('refuses nonsense, and subjects that would be another path', async () => {
    const { registry, double } = await pair();
    await expect(registry.register('s', '{"type":"nonsense"}')).rejects.toMatchObject({
      code: 'CONNTRAIL_REGISTRY_SCHEMA',
    });
    for (const subject of ['', '.', '..'])
      await expect(registry.register(subject, A)).rejects.toMatchObject({ code: 'CONNTRAIL_OPTION' });
    expect(double.seen).toHaveLength(1);
  });
});

describe('what is no answer of a registry', () => {
  const answers: [string, number, string][] = [
    ['a page', 200, '<html>Welcome</html>'],
    ['nothing', 200, ''],
    ['null', 200, 'null'],
    ['a number', 200, '3'],
    ['no id', 200, '{}'],
    ['an id of text', 200, '{"id":"1"}'],
    ['an id of 0', 200, '{"id":0}'],
    ['an id beyond four bytes', 200, '{"id":2147483648}'],
    ['a broken id', 200, '{"id":1.5}'],
    ['half of an object', 200, '{"id":'],
    ['a redirect', 302, ''],
    ['a 404 of some other server', 404, 'not here'],
    ['a 400', 400, '{}'],
  ];
  it.each(answers)('%s', async (_, status, text) => {
    const { double, registry } = await pair();
    double.interfere = (_seen, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(text);
      return true;
    };
    await expect(registry.register('s', A)).rejects.toMatchObject({ code: 'CONNTRAIL_REGISTRY_ANSWER' });
    expect(double.seen).toHaveLength(1);
  });

  it.each<[string, (registry: SchemaRegistry) => Promise<unknown>, string]>([
    ['versions', (registry) => registry.versions('s'), '[1,"2"]'],
    ['versions', (registry) => registry.versions('s'), '{}'],
    ['version', (registry) => registry.version('s', 1), '{"subject":"s","version":1,"id":1}'],
    ['byId', (registry) => registry.byId(1), '{"schema":1}'],
    ['isCompatible', (registry) => registry.isCompatible('s', A), '{"is_compatible":"yes"}'],
    ['level', (registry) => registry.level('s'), '{"compatibilityLevel":"SOME"}'],
    ['setLevel', (registry) => registry.setLevel('FULL', 's'), '{"compatibility":"NONE"}'],
  ])('to %s: %#', async (_, ask, text) => {
    const { double, registry } = await pair();
    double.interfere = (_seen, response) => Boolean(response.end(text));
    await expect(ask(registry)).rejects.toMatchObject({ code: 'CONNTRAIL_REGISTRY_ANSWER' });
  });

  it('an answer without an end: no more than its bound is taken', async () => {
    const { double, registry } = await pair();
    let sent = 0;
    const closed = new Promise<void>((resolve) => {
      double.interfere = (_seen, response) => {
        const chunk = Buffer.alloc(1 << 20, ' ');
        const more = () => {
          while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        };
        response.on('drain', more).on('close', resolve);
        more();
        return true;
      };
    });
    await expect(registry.byId(1)).rejects.toMatchObject({
      code: 'CONNTRAIL_REGISTRY_ANSWER',
      message: expect.stringContaining('longer than 16777216 bytes'),
    });
    await closed;
    expect(sent).toBeLessThan(64 << 20);
  });

  it('what is not even HTTP', async () => {
    const server = net.createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    const registry = await SchemaRegistry.open({ url, attempts: 1 });
    await expect(registry.byId(1)).rejects.toMatchObject({ code: 'CONNTRAIL_REGISTRY_ANSWER' });
  });
});

describe('a registry in trouble', () => {
  it('is asked again when it fails, and is down only when all tries are used up', async () => {
    const { double, registry } = await pair({ attempts: 3 });
    let failures = 2;
    double.interfere = (_seen, response) => failures-- > 0 && Boolean(response.writeHead(503).end());
    expect(await registry.register('s', A)).toBe(1);
    expect(double.seen).toHaveLength(3);
    failures = 3;
    await expect(registry.register('s', A)).rejects.toMatchObject({ code: 'CONNTRAIL_REGISTRY_FAILING' });
    expect(double.seen).toHaveLength(6);
  });

  it('that cut the connection in an answer is asked again', async () => {
    const { double, registry } = await pair({ attempts: 2 });
    let cuts = 1;
    double.interfere = (_seen, response) => {
      if (cuts-- <= 0) return false;
      response.writeHead(200, { 'content-length': 100 }).write('{"id":');
      setImmediate(() => response.destroy());
      return true;
    };
    expect(await registry.register('s', A)).toBe(1);
  });

  it.each<[string, (response: import('node:http').ServerResponse) => void]>([
    ['never answers', () => {}],
    ['never ends its answer', (response) => void response.writeHead(200).write('{')],
  ])('that %s is left after the time-out', async (_, answer) => {
    const { double, registry } = await pair({ timeoutMs: 50, attempts: 2 });
    double.interfere = (_seen, response) => {
      answer(response);
      return true;
    };
    await expect(registry.byId(1)).rejects.toMatchObject({
      code: 'CONNTRAIL_REGISTRY_UNREACHABLE',
      message: expect.stringContaining('no whole answer within 50 ms'),
    });
    expect(double.seen.length).toBeLessThanOrEqual(2);
  });

  it('that is down is unreachable', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const registry = await SchemaRegistry.open({ url: `http://127.0.0.1:${port}`, attempts: 2 });
    await expect(registry.byId(1)).rejects.toMatchObject({
      code: 'CONNTRAIL_REGISTRY_UNREACHABLE',
      message: `the schema registry at 127.0.0.1:${port} cannot be reached: ECONNREFUSED`,
    });
  });

  it('is left at once when nobody waits any more', async () => {
    const { double, registry } = await pair({ attempts: 5 });
    const controller = new AbortController();
    double.interfere = () => {
      controller.abort(new Error('enough'));
      return true;
    };
    await expect(registry.byId(1, controller.signal)).rejects.toThrow('enough');
    expect(double.seen).toHaveLength(1);
  });
});
