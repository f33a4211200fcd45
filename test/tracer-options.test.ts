import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { resolveTracerOptions } from '../src/tracer-options.js';

describe('resolveTracerOptions', () => {
  it('fills in the defaults', () => {
    expect(resolveTracerOptions({})).toEqual({
      transport: 'auto',
      ringSize: 4 << 20,
      intervalMs: 1000,
      pendingMs: 100,
      maxConnections: 1 << 20,
      exactUdp: false,
      failedConnects: false,
      features: {},
      udpFlows: 1 << 18,
      queueSize: 65536,
      proofTimeoutMs: 5000,
      canaryMs: 60_000,
      clients: [],
    });
  });

  it('keeps what is given', () => {
    const { signal } = new AbortController();
    const filter = { pids: [1] };
    expect(resolveTracerOptions({ signal, filter, cgroup: null, transport: 'perf' })).toMatchObject({
      signal,
      filter,
      cgroup: null,
      transport: 'perf',
    });
  });

  it('takes no host name that a record has no room for', () => {
    expect(resolveTracerOptions({ host: 'é'.repeat(127) }).host).toHaveLength(127);
    expect(() => resolveTracerOptions({ host: 'é'.repeat(128) })).toThrow('host: must be at most 255 bytes');
  });

  it('names every option that cannot be, at once', () => {
    expect(() => resolveTracerOptions({ ringSize: 100_000, intervalMs: 1, wrong: 1 } as never)).toThrow(
      expect.objectContaining({
        code: 'CONNTRAIL_OPTION',
        message: expect.stringMatching(
          /ringSize: must be a power of two; intervalMs: must be a whole number of ms from 100 to 3600000; unknown option wrong/,
        ),
      }),
    );
  });

  const writer = { port() {}, ledger() {}, push() {}, backlog: 0 };
  const filterOf = (filter: object) => ({ filter });

  it.each<[string, object, RegExp]>([
    ['a filter of another kind', { filter: 'tcp' }, /filter: /],
    ['a filter with a word that is none', filterOf({ protocol: ['tcp'] }), /filter: .*protocol/],
    ['ports that are no ranges', filterOf({ ports: [443] }), /filter\.ports\.0: /],
    ['a port that cannot be', filterOf({ ports: [{ end: 'any', first: 0, last: 65536 }] }), /filter\.ports\.0\.last: /],
    ['a range from above', filterOf({ ports: [{ end: 'any', first: 2, last: 1 }] }), /filter\.ports\.0: must not end/],
    ['an end that is none', filterOf({ ports: [{ end: 'both', first: 1, last: 1 }] }), /filter\.ports\.0\.end: /],
    ['an address as text', filterOf({ addresses: [{ end: 'any', bytes: '::1', prefix: 8 }] }), /addresses\.0\.bytes: /],
    [
      'an address of five bytes',
      filterOf({ addresses: [{ end: 'any', bytes: new Uint8Array(5), prefix: 8 }] }),
      /addresses\.0: must have 4 or 16 bytes/,
    ],
    ['a protocol that is none', filterOf({ protocols: ['icmp'] }), /filter\.protocols\.0: /],
    ['a pid that is none', filterOf({ pids: [-1] }), /filter\.pids\.0: /],
    ['a list that is none', filterOf({ pids: 1 }), /filter\.pids: /],
    ['a client without writer', { clients: [{ name: 'x' }] }, /clients\.0\.writer\.port: must be a function/],
    [
      'a writer that lacks a method',
      { clients: [{ name: 'x', writer: { ...writer, push: 1 } }] },
      /clients\.0\.writer\.push: /,
    ],
    [
      'a writer without backlog',
      { clients: [{ name: 'x', writer: { ...writer, backlog: '0' } }] },
      /writer\.backlog: must be a number/,
    ],
    ['a client without name', { clients: [{ writer }] }, /clients\.0\.name: must be a string/],
    ['a client that is none', { clients: [null] }, /clients\.0: must be an object/],
    ['clients that are no list', { clients: { name: 'x', writer } }, /clients: /],
    ['nine clients', { clients: Array(9).fill({ name: 'x', writer }) }, /clients: must be at most 8/],
    [
      'a getter that throws',
      {
        clients: [
          {
            name: 'x',
            get writer() {
              throw new Error('no');
            },
          },
        ],
      },
      /clients\.0\.writer/,
    ],
    [
      'a logger that cannot warn',
      { logger: { debug() {}, info() {}, error() {} } },
      /logger\.warn: must be a function/,
    ],
    ['a logger that is none', { logger: console.log }, /logger: must be an object/],
    ['a recorder that is none', { recorder: {} }, /recorder: must be a function/],
    ['a signal that is none', { signal: {} }, /signal: must be an AbortSignal/],
    ['half a character for a host', { host: 'a\ud800' }, /host: must be well-formed Unicode/],
    ['a path with an end in it', { cgroup: '/sys\0/fs' }, /cgroup: must be a path/],
  ])('refuses %s by its path', (_, options, says) => {
    expect(() => resolveTracerOptions(options)).toThrow(
      expect.objectContaining({
        name: 'ConntrailError',
        code: 'CONNTRAIL_OPTION',
        message: expect.stringMatching(says),
      }),
    );
  });

  it.each([null, 'fast', 7, []])('refuses %j for options', (options) => {
    expect(() => resolveTracerOptions(options as never)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
  });

  it('passes clients and loggers on as they are: instances of whatever class, and a pino logger', () => {
    class Writer {
      get backlog(): number {
        return 7;
      }
      port(): null {
        return null;
      }
      ledger(): void {}
      push(): void {}
    }
    const clients = [{ name: 'own', writer: new Writer() }];
    const logger = pino({ level: 'silent' });
    const resolved = resolveTracerOptions({ clients, logger });
    expect(resolved.clients[0]).toBe(clients[0]);
    expect(resolved.logger).toBe(logger);
  });
});
