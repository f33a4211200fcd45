/** A recording as a program uses it: through src/index.ts. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstValueFrom, toArray } from 'rxjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { CORE_KIND } from '../src/frames/layout.gen.js';
import {
  type Connection,
  type ConnectionFilter,
  ConntrailError,
  openReplay,
  openTracer,
  parseFilter,
  type RecordingHeader,
  type Replay,
  type ReplayOptions,
  type Tracer,
} from '../src/index.js';
import { RecordingWriter } from '../src/recording/recording-writer.js';
import { HEADER, headerWith, temporaryFolder } from './recording/helpers.js';
import { session } from './recording/session.js';
import { ListWriter } from './support/list-writer.js';

const CLOSED = 7 * 53;

/** A recording of 371 closed connections, made with a filter that lets those to port 443 through. */
async function recorded(filters: Record<string, string[]> = { port: ['443'] }): Promise<string> {
  const path = join(temporaryFolder(), 'a.ctr');
  const writer = await RecordingWriter.create(path, headerWith({ filters }));
  for (const frame of session({ intervals: 7, perInterval: 53 })) writer.frame(frame);
  await writer.close();
  return path;
}

async function closedOf(replay: Replay): Promise<Connection[]> {
  const closed: Connection[] = [];
  for await (const connection of replay.connections()) if (connection.state === 'closed') closed.push(connection);
  return closed;
}

describe('openReplay', () => {
  test('gives every connection, with the filters it was recorded with, others, or none', async () => {
    const path = await recorded();
    const count = async (options?: ReplayOptions): Promise<number> => {
      const replay = await openReplay(path, options);
      const closed = await closedOf(replay);
      await replay.closed;
      expect(replay.statistics).toMatchObject({ complete: true, features: { connections: { enqueued: CLOSED } } });
      return closed.length;
    };
    expect(await count()).toBe(185);
    expect(await count({ filter: null })).toBe(CLOSED);
    expect(await count({ filter: parseFilter({ port: '!443' })! })).toBe(186);
  });

  test('is as the live path had it: typed, with deltas that sum up to totals', async () => {
    await using replay = await openReplay(await recorded(), { filter: null });
    expect(replay.header).toMatchObject({
      host: 'testhost',
      features: { connections: { filters: { port: ['443'] } } },
    });
    let sum = 0;
    let last: Connection | undefined;
    for await (const connection of replay.connections()) {
      expect(connection.host).toBe('testhost');
      if (connection.cookie !== 1_000_000) continue;
      sum += connection.delta.sent_bytes;
      last = connection;
    }
    expect(last).toMatchObject({ state: 'open', total: { sent_bytes: 13 * 7 } });
    expect(sum).toBe(13 * 7);
  });

  test('all that are taken in one turn see all of it', async () => {
    await using replay = await openReplay(await recorded(), { filter: null });
    const batches = firstValueFrom(replay.connections$.pipe(toArray()));
    const [one, two, records] = await Promise.all([closedOf(replay), closedOf(replay), batches]);
    expect([one.length, two.length]).toEqual([CLOSED, CLOSED]);
    expect(records.flat().filter(({ state }) => state === 'closed')).toHaveLength(CLOSED);
  });

  test('waits for a slow consumer, and loses nothing', async () => {
    const path = await recorded();
    await using replay = await openReplay(path, { filter: null });
    const connections = replay.connections();
    await connections.next();
    // Longer than the whole replay takes: it must not have gone on.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(replay.statistics.complete).toBe(false);
    let rest = 0;
    for await (const { state } of connections) if (state === 'closed') rest++;
    expect(rest).toBe(CLOSED - 1);
  });

  test('waits for a client that holds back', async () => {
    const list = new ListWriter();
    list.backlog = 2 << 20;
    const replay = await openReplay(await recorded(), { clients: [list.client] });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(replay.statistics.complete).toBe(false);
    list.backlog = 0;
    await replay.closed;
    expect(list.closed).toHaveLength(185);
  });

  test('of many blocks is stopped between any two, without a listener for each', async () => {
    const path = join(temporaryFolder(), 'long.ctr');
    const writer = await RecordingWriter.create(path, HEADER);
    for (const frame of session({ intervals: 25, perInterval: 200 })) {
      writer.frame(frame);
      if (frame.kind === CORE_KIND.flush) await new Promise((resolve) => setImmediate(resolve));
    }
    await writer.close();
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    try {
      const whole = await openReplay(path, { filter: null });
      expect(await closedOf(whole)).toHaveLength(25 * 200);
      expect(whole.statistics.blocks).toBeGreaterThan(11);
      const replay = await openReplay(path, { filter: null });
      const connections = replay.connections();
      await connections.next();
      await replay.stop();
      expect(replay.statistics.blocks).toBeLessThan(whole.statistics.blocks);
      for await (const _ of connections);
      await new Promise((resolve) => setImmediate(resolve));
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', warn);
    }
  });

  test('takes clients, and begins by itself then', async () => {
    const list = new ListWriter();
    const replay = await openReplay(await recorded(), { clients: [list.client] });
    await replay.closed;
    expect(list.closed).toHaveLength(185);
    expect(list.ledgers.at(-1)).toMatchObject({ final: true });
  });

  test.each(['stop', 'signal', 'break'] as const)('ends by %s: iterators complete, the file is closed', async (how) => {
    const abort = new AbortController();
    const replay = await openReplay(await recorded(), { filter: null, signal: abort.signal });
    const other = closedOf(replay);
    for await (const _ of replay.connections()) {
      if (how === 'break') break;
      if (how === 'stop') void replay.stop();
      else abort.abort();
    }
    await replay.stop();
    await replay.stop();
    await expect(replay.closed).resolves.toBeUndefined();
    expect((await other).length).toBeLessThan(CLOSED);
  });

  test('one that was never read is stopped as well', async () => {
    const replay = await openReplay(await recorded());
    await replay.stop();
    await expect(replay.closed).resolves.toBeUndefined();
    await expect(closedOf(replay)).resolves.toEqual([]);
  });

  test('of a recording cut short or damaged gives what there is, then the error', async () => {
    for (const [spoil, code] of [
      [(path: string) => truncateSync(path, readFileSync(path).byteLength - 30), 'CONNTRAIL_CUT_SHORT'],
      [
        (path: string) => {
          const bytes = readFileSync(path);
          bytes[bytes.byteLength - 20]! ^= 1;
          writeFileSync(path, bytes);
        },
        'CONNTRAIL_DAMAGED',
      ],
    ] as const) {
      const path = await recorded();
      spoil(path);
      const replay = await openReplay(path, { filter: null });
      let closed = 0;
      const reading = (async () => {
        for await (const { state } of replay.connections()) if (state === 'closed') closed++;
      })();
      await expect(reading).rejects.toMatchObject({ name: 'ConntrailError', code });
      await expect(replay.closed).rejects.toMatchObject({ code });
      await replay.stop();
      expect(closed).toBe(CLOSED);
    }
  });

  test.each<[string, unknown, unknown, string]>([
    ['no path', '', {}, 'CONNTRAIL_OPTION'],
    ['a path that is not there', '/nosuch', {}, 'CONNTRAIL_IO'],
    ['what is no recording', import.meta.filename, {}, 'CONNTRAIL_FORMAT'],
    ['an unknown option', null, { speed: 2 }, 'CONNTRAIL_OPTION'],
    ['an impossible pace', null, { pace: 'slow' }, 'CONNTRAIL_OPTION'],
    ['a client without a writer', null, { clients: [{ name: 'x' }] }, 'CONNTRAIL_OPTION'],
    ['a filter that is none', null, { filter: { ports: [1] } }, 'CONNTRAIL_OPTION'],
    ['a filter of more than there is', null, { filter: { not: { colour: ['red'] } } }, 'CONNTRAIL_OPTION'],
    ['a signal that is none', null, { signal: {} }, 'CONNTRAIL_OPTION'],
    ['an aborted signal', null, { signal: AbortSignal.abort() }, 'CONNTRAIL_ABORTED'],
  ])('refuses %s', async (_, path, options, code) => {
    const opened = openReplay((path ?? (await recorded())) as string, options as ReplayOptions);
    const error = await opened.then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(ConntrailError);
    expect(error).toMatchObject({ code });
  });
});

test('the types are those of a tracer', () => {
  type Common = 'connections' | 'connections$' | 'closed' | 'stop';
  expectTypeOf<Pick<Replay, Common>>().toEqualTypeOf<Pick<Tracer, Common>>();
  expectTypeOf<Replay>().toExtend<AsyncDisposable>();
  expectTypeOf(openReplay).parameter(0).toEqualTypeOf<string>();
  expectTypeOf(openReplay).parameter(1).toEqualTypeOf<ReplayOptions | undefined>();
  expectTypeOf(openReplay).returns.resolves.toEqualTypeOf<Replay>();
  expectTypeOf(openTracer).returns.resolves.toEqualTypeOf<Tracer>();
  expectTypeOf<Replay['header']>().toEqualTypeOf<Readonly<RecordingHeader>>();
  expectTypeOf<ReplayOptions['filter']>().toEqualTypeOf<ConnectionFilter | null | undefined>();
  expectTypeOf(parseFilter).returns.toEqualTypeOf<ConnectionFilter | undefined>();
  expectTypeOf(parseFilter).parameter(0).toExtend<{ port?: string | readonly string[] }>();
  // @ts-expect-error There is no such filter.
  expect(() => parseFilter({ colour: 'red' })).toThrow(ConntrailError);
});
