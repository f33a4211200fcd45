import { describe, expect, it } from 'vitest';
import type { FrameKind } from '../../src/frames/frame-kind.js';
import type { Handles } from '../../src/native/index.js';
import type { SourceSpec } from '../../src/pipeline/live-feature.js';
import type { NativeReaderTask } from '../../src/workers/reader-worker.js';
import { type OrderParts, Readers, type SourcedFeature } from '../../src/workers/readers.js';
import { RecordDemand } from '../../src/workers/record-demand.js';
import type { SourceTask } from '../../src/workers/source-loop.js';

const HANDLES = { batches: 3 } as unknown as Handles;
const CONNECTIONS: SourceSpec = { type: 'connections', handles: HANDLES, transport: 'perf', kernelBuffer: 4096 };
const OPTIONS = { readers: 2, cpus: 8, stop: 9, ringSize: 1 << 16, pendingMs: 100, intervalMs: 1000 };

function feature(name: string, id: number, after: string[], ...sources: SourceSpec[]): SourcedFeature {
  const kind = { name: 'rows', least: 0, most: 8, units: 1 };
  const kinds: FrameKind[] = [
    { ...kind, kind: (id << 8) | 1 },
    { ...kind, kind: (id << 8) | 2, joined: false },
  ];
  return { feature: { name, id, after, kinds }, options: { of: name }, sources };
}

function ring(map: number, counters: number, name: 'facts' | 'payloads' = 'facts'): SourceSpec {
  return { type: 'ring', ring: name, map, counters };
}

/** Counts up from 100, and remembers what is open; a ring has come as far as its number. */
class Fds implements OrderParts {
  readonly opened: number[] = [];
  readonly closed: number[] = [];
  readonly watched: number[] = [];

  open(): number {
    this.opened.push(100 + this.opened.length);
    return this.opened.at(-1)!;
  }

  close(fd: number): void {
    this.closed.push(fd);
  }

  progress(map: number) {
    this.watched.push(map);
    return { told: () => map, close: () => void this.watched.splice(this.watched.indexOf(map), 1) };
  }
}

function plan(...features: SourcedFeature[]): { readers: Readers; tasks: NativeReaderTask[]; fds: Fds } {
  const fds = new Fds();
  const readers = new Readers(features, OPTIONS, fds);
  return { readers, tasks: readers.tasks as NativeReaderTask[], fds };
}

describe('Readers', () => {
  it('gives connections as many readers as are asked for, and nobody else any', () => {
    const { readers, tasks, fds } = plan(feature('connections', 1, [], CONNECTIONS));
    const { readers: count, cpus, pendingMs, stop, intervalMs } = OPTIONS;
    const shared = { type: 'connections', handles: HANDLES, transport: 'perf', kernelBuffer: 4096, cpus, pendingMs };
    expect(tasks).toMatchObject([
      { source: 0, stop, intervalMs, kicks: [], sources: [{ ...shared, reader: 0, readers: count }] },
      { source: 1, stop, intervalMs, kicks: [], sources: [{ ...shared, reader: 1, readers: count }] },
    ]);
    expect(readers.sources).toHaveLength(2);
    expect(new Set(tasks.map(({ ring }) => ring)).size).toBe(2);
    expect(readers.joins).toBeUndefined();
    expect(fds.opened).toEqual([]);
  });

  it('has one reader that tells the clock where none of connections does', () => {
    const { tasks } = plan(feature('dns', 3, [], ring(31, 41, 'payloads')), feature('exec', 2, [], ring(30, 40)));
    expect(tasks.map(({ clock }) => clock)).toEqual([true, false]);
    const polled = plan(feature('a', 4, [], { type: 'worker', module: 'a.js', everyMs: 10 })).tasks;
    expect(polled).toMatchObject([
      { source: 0, sources: [], clock: true },
      { source: 1, module: 'a.js' },
    ]);
    const { tasks: beside } = plan(feature('connections', 1, [], CONNECTIONS), feature('exec', 2, [], ring(30, 40)));
    expect(beside.map(({ clock }) => clock ?? false)).toEqual([false, false, false]);
  });

  it('reads the packet sockets of a feature in a reader of its own, with marks where its facts are joined', () => {
    const sockets = [{ fd: 50, netnsInode: 7 }];
    const packets: SourceSpec = { type: 'packets', sockets, ports: [53], close() {} };
    const file: SourceSpec = { type: 'worker', module: 'a.js', everyMs: 10 };
    const read = { type: 'packets', sockets, ports: [53], feature: 3, source: 0, sources: 2 };
    const alone = plan(feature('dns', 3, [], packets, file));
    expect(alone.tasks).toMatchObject([
      { source: 0, kicked: -1, clock: true, sources: [read] },
      { source: 1, module: 'a.js', share: { source: 1, sources: 2 } },
    ]);
    expect(alone.readers.joins).toBeUndefined();
    const joined = plan(feature('connections', 1, ['dns'], CONNECTIONS), feature('dns', 3, [], packets, file));
    expect(joined.tasks).toMatchObject([
      { kicks: [100] },
      { kicks: [100] },
      { kicked: 100, clock: false, sources: [read] },
      { module: 'a.js' },
    ]);
    // Of sockets only their reader knows.
    expect(joined.readers.joins?.factSources).toEqual([{ frames: joined.readers.sources[2], told: undefined }]);
  });

  it('reads each BPF ring once, whoever writes into it, in a reader of its own; those of facts first', () => {
    const { tasks, readers } = plan(
      feature('dns', 3, [], ring(31, 41, 'payloads')),
      feature('exec', 2, [], ring(30, 40)),
      feature('connections', 1, [], CONNECTIONS),
      feature('oom', 0x20, [], ring(30, 42)),
    );
    expect(tasks.slice(2)).toMatchObject([
      {
        source: 2,
        kicked: -1,
        sources: [
          {
            type: 'ring',
            map: 30,
            features: [
              { id: 2, counters: 40 },
              { id: 0x20, counters: 42 },
            ],
          },
        ],
      },
      { source: 3, kicked: -1, sources: [{ type: 'ring', map: 31, features: [{ id: 3, counters: 41 }] }] },
    ]);
    expect(readers.joins).toBeUndefined();
  });

  it('accounts once for what the programs of a feature with two rings count', () => {
    const { tasks } = plan(feature('dns', 3, [], ring(30, 40), ring(31, 40, 'payloads')));
    expect(tasks.map(({ sources }) => (sources[0] as { features: unknown }).features)).toEqual([
      [{ id: 3, counters: 40, source: 0, sources: 2 }],
      [{ id: 3, counters: -1, source: 1, sources: 2 }],
    ]);
  });

  it('lets readers of connections ask those of the facts that records take, and only those', () => {
    const { readers, tasks, fds } = plan(
      feature('exec', 2, [], ring(30, 40)),
      feature('dns', 3, ['exec'], ring(31, 41, 'payloads')),
      feature('connections', 1, ['dns', 'exec', 'conntrack'], CONNECTIONS),
      feature('oom', 0x20, ['exec'], ring(32, 42)),
    );
    expect(tasks.map(({ kicks, kicked }) => ({ kicks, kicked }))).toEqual([
      { kicks: [100, 101], kicked: undefined },
      { kicks: [100, 101], kicked: undefined },
      { kicks: undefined, kicked: 100 }, // exec
      { kicks: undefined, kicked: -1 }, // oom: nobody takes its facts
      { kicks: undefined, kicked: 101 }, // dns
    ]);
    expect(readers.joins?.kinds).toEqual(new Set([0x301, 0x101, 0x2001]));
    const facts = readers.joins!.factSources;
    expect(facts.map(({ frames }) => readers.sources.indexOf(frames))).toEqual([2, 4]);
    // And the pump those rings, which are not the one that nobody takes facts of.
    expect(facts.map(({ told }) => told?.())).toEqual([30, 31]);
    expect([fds.closed, fds.watched]).toEqual([[], [30, 31]]);
    readers.close();
    readers.close();
    expect([fds.closed, fds.watched]).toEqual([[100, 101], []]);
  });

  it('waits for no feature that does not run', () => {
    const { readers, fds } = plan(
      feature('connections', 1, ['dns'], CONNECTIONS),
      feature('oom', 0x20, [], ring(32, 42)),
    );
    expect(readers.joins).toBeUndefined();
    expect(fds.opened).toEqual([]);
  });

  it('gives a source in TypeScript a worker of its own, with the options of its feature; nobody waits for it', () => {
    const module = 'file:///names.js';
    const { readers } = plan(
      feature('names', 5, [], { type: 'worker', module, everyMs: 500 }),
      feature('connections', 1, ['names'], CONNECTIONS),
    );
    expect(readers.tasks[2] as SourceTask).toMatchObject({
      source: 2,
      worker: expect.stringMatching(/source-worker\.js$/),
      module,
      everyMs: 500,
      feature: 5,
      options: { of: 'names' },
    });
    expect(readers.joins).toBeUndefined();
  });

  it('has the rings of a feature and its sources in TypeScript account for one row', () => {
    const polled = { type: 'worker', module: 'a.js', everyMs: 10 } as const;
    const { tasks } = plan(feature('dns', 3, [], polled, ring(31, 41, 'payloads'), ring(30, 40)));
    const shares = tasks.flatMap((task) => ('sources' in task ? task.sources : []));
    expect(shares).toMatchObject([
      { map: 30, features: [{ source: 1, sources: 3 }] },
      { map: 31, features: [{ source: 0, sources: 3 }] },
    ]);
    expect((tasks[2] as unknown as SourceTask).share).toEqual({ source: 2, sources: 3 });
  });

  it('gives it the descriptors that its feature names, and memory that tells which records are taken', () => {
    const source = { type: 'worker', module: 'a.js', everyMs: 10, handles: { objects: 12, links: -1 } } as const;
    const { shared: demand } = new RecordDemand(['name']);
    const { tasks } = new Readers([feature('names', 5, [], source)], { ...OPTIONS, demand, own: [12, 13] }, new Fds());
    expect(tasks[1] as SourceTask).toMatchObject({ handles: { objects: 12, links: -1 }, own: [12, 13] });
    expect((tasks[1] as SourceTask).demand).toBe(demand);
  });

  it('takes other modules in the place of its readers', () => {
    const features = [feature('connections', 1, ['oom'], CONNECTIONS), feature('oom', 0x20, [], ring(32, 42))];
    const { tasks, joins } = new Readers(features, { ...OPTIONS, worker: { rings: '/slow.mjs' } }, new Fds());
    expect(tasks.map(({ worker }) => worker)).toEqual([undefined, undefined, '/slow.mjs']);
    // What they do with what they take, nobody knows.
    expect(joins?.factSources.map(({ told }) => told)).toEqual([undefined]);
  });
});
