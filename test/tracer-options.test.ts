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
      udpFlows: 1 << 18,
      queueSize: 65536,
      proofTimeoutMs: 5000,
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
});
