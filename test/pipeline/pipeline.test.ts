import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connections/generated/connection.js';
import { BATCH, BATCH_CAPACITY, CONN, DIRECTION, HOOK_GROUP, KIND, SINGLE } from '../../src/connections/layout.gen.js';
import { type Asset, assetsPayloads } from '../../src/frames/asset.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { ASSET, CORE_KIND, HOOK_STATE, HOOKS } from '../../src/frames/layout.gen.js';
import { IdentityCheck } from '../../src/ledger/identities.js';
import { RecordCounts } from '../../src/ledger/record-counts.js';
import type { Client } from '../../src/pipeline/client.js';
import type { Pipeline } from '../../src/pipeline/pipeline.js';
import {
  type ConnectionPipelineOptions,
  connectionCounts,
  connectionPipeline,
} from '../support/connection-pipeline.js';
import { type ConnFields, conn, FrameStream, frame, openConn } from '../support/frames.js';
import { ListWriter } from '../support/list-writer.js';

const S = 1e9;
const WALL = 1_700_000_000_000_000;
const HOST = { host: 'test', bootId: '00000000-0000-0000-0000-000000000000' };

let writer: ListWriter;
let pipeline: Pipeline;
let stream: FrameStream;

function open(options: Partial<ConnectionPipelineOptions> = {}): void {
  writer = new ListWriter();
  pipeline = connectionPipeline({ ...HOST, maxConnections: 4096, clients: [writer.client], ...options });
  stream = new FrameStream((view) => pipeline.push(view));
}

beforeEach(() => open());

describe('Pipeline', () => {
  it('tells a close at once, with the time of the frames', () => {
    stream.clock(10 * S, WALL);
    stream.pending(0, 1, [conn({ cookie: 5, start_ns: 2 * S, end_ns: 3 * S, sent_bytes: 7 })]);
    expect(writer.connections).toMatchObject([
      {
        host: 'test',
        boot_id: HOST.bootId,
        cookie: 5,
        seq: 1,
        state: 'closed',
        total: { sent_bytes: 7 },
        delta: { sent_bytes: 7, closed: 1 },
      },
    ]);
    expect(writer.lines[0]).toContain(`"end":"${new Date((WALL + 3e6) / 1000).toISOString().slice(0, -1)}`);
  });

  it('tells of open connections when the snapshot shows them, then of what was added', () => {
    stream.clock(S, WALL);
    stream.snapshot(S, 1, [openConn({ cookie: 5, sent_bytes: 7 })]);
    stream.flush(2 * S);
    stream.snapshot(2 * S, 2, [openConn({ cookie: 5, sent_bytes: 7 })]);
    stream.flush(3 * S);
    stream.snapshot(3 * S, 3, [openConn({ cookie: 5, sent_bytes: 9 })]);
    stream.batch(0, 1, [conn({ cookie: 5, sent_bytes: 10 })]);
    expect(writer.connections.map(({ seq, state, delta }) => [seq, state, delta.sent_bytes])).toEqual([
      [1, 'open', 7],
      [2, 'open', 2],
      [3, 'closed', 1],
    ]);
  });

  it('delays open connections while a flush says so', () => {
    stream.clock(S, WALL);
    stream.flush(S, { deltas: false });
    stream.snapshot(S, 1, [openConn({ sent_bytes: 7 })]);
    expect(writer.connections).toEqual([]);
    stream.flush(2 * S, { deltas: true });
    stream.snapshot(2 * S, 2, [openConn({ sent_bytes: 8 })]);
    expect(writer.connections).toMatchObject([{ delta: { sent_bytes: 8 } }]);
  });

  it('keeps to its first wall clock until another moved by more than readers differ', () => {
    stream.clock(S, WALL);
    stream.clock(2 * S, WALL + 400);
    stream.single(0, conn({ cookie: 1, start_ns: 0, end_ns: 3 * S }));
    stream.clock(3 * S, WALL + 3_600_000_000);
    stream.single(0, conn({ cookie: 2, start_ns: 0, end_ns: 3 * S }));
    const [first, second] = writer.closed.map(({ end }) => Date.parse(end as unknown as string));
    expect(first).toBe((WALL + 3e6) / 1000);
    expect(second! - first!).toBe(3_600_000);
  });

  it('filters, and counts it', () => {
    open({ filter: { pids: [5] } });
    stream.clock(S, WALL);
    stream.batch(0, 1, [conn({ cookie: 1, pid: 5 }), conn({ cookie: 2, pid: 6 }), conn({ cookie: 3, pid: 5 })]);
    stream.account({ attempted: 3, emitted: 3, read: 3, enqueued: 3, final: 1 });
    stream.flush(2 * S, { final: true });
    expect(writer.closed.map(({ cookie, seq }) => [cookie, seq])).toEqual([
      [1, 1],
      [3, 2],
    ]);
    expect(writer.ledgers).toMatchObject([
      { accounts: [{ filtered: 1, given: 2, series: [{ first_seq: 1, last_seq: 2 }] }] },
    ]);
  });

  it('gives late subscribers everything anew and their own running number', () => {
    stream.clock(S, WALL);
    stream.snapshot(S, 1, [openConn({ cookie: 1, sent_bytes: 7 }), openConn({ cookie: 2, sent_bytes: 7 })]);
    const late = new ListWriter();
    const remove = pipeline.addClient(late.client);
    stream.snapshot(2 * S, 2, [openConn({ cookie: 1, sent_bytes: 9 })]);
    remove();
    stream.batch(0, 1, [conn({ cookie: 1, sent_bytes: 9 })]);
    expect(late.connections).toMatchObject([{ seq: 1, delta: { sent_bytes: 9, established: 1 } }]);
    expect(writer.connections.map(({ seq, delta }) => [seq, delta.sent_bytes])).toEqual([
      [1, 7],
      [2, 7],
      [3, 2],
      [4, 0],
    ]);
  });

  it('keeps one account while no clock was told, also of a client that came when frames had', () => {
    stream.batch(0, 1, [conn({ cookie: 1 })]);
    const late = new ListWriter();
    pipeline.addClient(late.client);
    stream.batch(0, 2, [conn({ cookie: 2 })]);
    stream.flush(S);
    stream.batch(0, 3, [conn({ cookie: 3 })]);
    stream.flush(2 * S);
    stream.clock(3 * S, WALL);
    stream.account({ attempted: 3, emitted: 3, read: 3, enqueued: 3, final: 1 });
    stream.flush(4 * S, { final: true });
    for (const [client, given] of [
      [writer, [1 + 1, 1, 0]],
      [late, [1, 1, 0]],
    ] as const) {
      expect(client.ledgers.map(({ seq, accounts: [row] }) => [seq, row!.enqueued, row!.given])).toEqual(
        given.map((units, i) => [i + 1, units, units]),
      );
      const [first, second, third] = client.ledgers.map(({ interval }) => interval);
      expect([second!.start, third!.start]).toEqual([first!.end, second!.end]);
    }
  });

  it('knows what became of the object files, of each the last word, and nothing of a frame that cannot be', () => {
    const assets = (...told: Asset[]): Uint8Array => assetsPayloads(told)[0]!;
    const [tcp, udp] = [
      { asset: 'connections/tcp', result: 'kernel_types' },
      { asset: 'connections/udp', result: 'verifier_rejected' },
    ] as const;
    stream.clock(S, WALL);
    stream.add(CORE_KIND.assets, assets(tcp, udp));
    stream.flush(2 * S);
    const unknown = assets(tcp);
    unknown[ASSET.result] = 8;
    stream.add(CORE_KIND.assets, unknown);
    stream.add(CORE_KIND.assets, assets({ asset: '', result: 'kernel_types' }));
    stream.add(CORE_KIND.assets, assets(tcp).subarray(1));
    stream.add(CORE_KIND.assets, assets({ ...udp, result: 'loader_error' }));
    stream.flush(3 * S);
    expect(writer.ledgers.map((ledger) => ledger.assets)).toEqual([
      [tcp, udp],
      [tcp, { ...udp, result: 'loader_error' }],
    ]);
    expect(pipeline.statistics.router.invalid).toBe(3);
  });

  it('knows of the hooks that a whole frame tells, and of none of a frame that cannot be', () => {
    const hooks = (...rungs: number[]): Uint8Array => {
      const payload = new DataView(new ArrayBuffer(HOOKS.size * rungs.length));
      for (const [i, rung] of rungs.entries()) {
        payload.setUint16(HOOKS.size * i + HOOKS.group, [HOOK_GROUP.tcp, HOOK_GROUP.udp][i]!, true);
        payload.setUint8(HOOKS.size * i + HOOKS.rung, rung);
        payload.setUint8(HOOKS.size * i + HOOKS.state, HOOK_STATE.live);
      }
      return new Uint8Array(payload.buffer);
    };
    stream.clock(S, WALL);
    stream.add(CORE_KIND.hooks, hooks(2, 255));
    stream.flush(2 * S);
    stream.add(CORE_KIND.hooks, hooks(2, 5));
    stream.flush(3 * S);
    expect(writer.ledgers.map(({ hooks }) => hooks.map(({ group, rung }) => [group, rung]))).toEqual([
      [],
      [
        ['tcp', 'tp_btf'],
        ['udp', 'cgroup'],
      ],
    ]);
    expect(connectionCounts(pipeline).invalidFrames).toBe(1);
  });

  it('lets a client leave while it is being given records, without a record less for the others', () => {
    const remove: (() => void)[] = [];
    const leaver: Client = {
      name: 'leaver',
      writer: Object.assign(new ListWriter(), { port: () => ({ write: () => remove[0]!() }) }),
    };
    open({ clients: [] });
    remove.push(pipeline.addClient(leaver));
    pipeline.addClient(writer.client);
    stream.batch(0, 1, [conn({ cookie: 1 }), conn({ cookie: 2 })]);
    stream.batch(0, 2, [conn({ cookie: 3 })]);
    expect(writer.closed.map(({ cookie }) => cookie)).toEqual([1, 2, 3]);
    expect(pipeline.statistics.clients.map(({ name }) => name)).toEqual(['list']);
  });

  it('counts what a writer refuses, and shows it as a gap', () => {
    const refusing = new ListWriter();
    const { port } = refusing;
    refusing.port = (type) => {
      const { write } = port.call(refusing, type);
      return {
        write: (source, units) => {
          if (source.seq === 2) throw new RangeError('no');
          write(source, units);
        },
      };
    };
    open({ clients: [refusing.client] });
    stream.clock(S, WALL);
    stream.batch(0, 1, [conn({ cookie: 1 }), conn({ cookie: 2 }), conn({ cookie: 3 })]);
    stream.flush(2 * S, { final: true });
    expect(refusing.closed.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(refusing.ledgers).toMatchObject([
      { accounts: [{ given: 2, discarded: { unencodable: 1 }, series: [{ first_seq: 1, last_seq: 3 }] }] },
    ]);
  });

  it('does not forget a connection that a dropped frame of the snapshot showed', () => {
    stream.clock(S, WALL);
    stream.snapshot(1 * S, 1, [openConn({ cookie: 1 }), openConn({ cookie: 2 })]);
    stream.account({ boot_ns: 4 * S });
    stream.snapshotBegin(5 * S, 2);
    stream.rows([openConn({ cookie: 1 })]);
    // The frame with cookie 2 found no room, so a number is missing.
    const later = new FrameStream((view) => pipeline.push({ ...view, seq: view.seq + 10 }));
    later.snapshotEnd(5 * S, 2);
    later.account({ boot_ns: 20 * S });
    later.clock(21 * S);
    expect(connectionCounts(pipeline)).toMatchObject({ open: 2, table: { forgotten: 0 } });
    expect(connectionCounts(pipeline).missingFrames).toBe(3);
  });

  it('does not call a ledger record final while a reader has not ended', () => {
    stream.clock(S, WALL);
    stream.account({ source: 0, sources: 2, final: 1 });
    stream.flush(2 * S, { final: true });
    stream.account({ source: 1, sources: 2, final: 1 });
    stream.flush(3 * S, { final: true });
    expect(writer.ledgers.map(({ final }) => final)).toEqual([false, true]);
  });

  it('announces proofs and leaves out the self-test, in a count of its own', () => {
    const proofs: number[] = [];
    pipeline.proofs$.subscribe((event) => event.type === 'right' && proofs.push(event.group));
    stream.selftest([
      { cookie: 1, group: HOOK_GROUP.tcp, opened_ns: S },
      { cookie: 1, group: HOOK_GROUP.snapshot, opened_ns: S },
    ]);
    stream.clock(S, WALL);
    stream.snapshot(S, 1, [openConn({ cookie: 1 })]);
    stream.batch(0, 1, [conn({ cookie: 1, direction: DIRECTION.incoming, start_ns: S })]);
    expect(proofs).toEqual([HOOK_GROUP.snapshot, HOOK_GROUP.tcp]);
    expect(writer.connections).toEqual([]);
    expect(connectionCounts(pipeline)).toMatchObject({ filtered: 0, selfTest: 1 });
    stream.account({ attempted: 1, emitted: 1, read: 1, enqueued: 1, final: 1 });
    stream.flush(2 * S, { final: true });
    expect(writer.ledgers).toMatchObject([{ accounts: [{ filtered: 0, self_test: 1, resident: 0 }] }]);
  });

  it('rejects and counts control frames that cannot be', () => {
    const { clock, flush, selftest, account } = CORE_KIND;
    for (const kind of [clock, flush, selftest, account, KIND.snapshot_begin, KIND.snapshot_end])
      pipeline.push(frame(kind, new Uint8Array(4)));
    expect(connectionCounts(pipeline).invalidFrames).toBe(6);
  });

  it.each<[string, Uint8Array, number, number]>([
    ['shorter than its head', new Uint8Array(BATCH.records - 8), KIND.pending, 2],
    ['a single record of another size', new Uint8Array(8), KIND.single, 1],
    ['more than a frame can bring', new Uint8Array(SINGLE.size), KIND.single, 2],
    ['units where there can be none', new Uint8Array(CONN.size), KIND.snapshot, 1],
  ])('rejects and counts a frame that is %s', (_, payload, kind, fresh) => {
    pipeline.push(frame(kind, payload, { fresh }));
    expect(connectionCounts(pipeline)).toMatchObject({ enqueued: fresh, invalidFrame: fresh, invalidFrames: 1 });
  });

  it('counts frames of a kind that nobody takes', () => {
    pipeline.push(frame(0x7f01, new Uint8Array(8)));
    expect(connectionCounts(pipeline)).toMatchObject({ skippedFrames: 1, invalidFrames: 0 });
  });

  it('leaves the accounts of another feature alone', () => {
    stream.account({ feature: 0x42, attempted: 9, enqueued: 9 });
    expect(connectionCounts(pipeline)).toMatchObject({ skippedFrames: 1, invalidFrames: 0 });
    expect(connectionCounts(pipeline)).toMatchObject({ attempted: 0, enqueued: 0 });
  });

  it('hands on what is buffered when told that the source ran dry', () => {
    pipeline.drained();
    expect(writer.pushes).toBe(1);
  });

  it('closes its credit while a client holds back too much', () => {
    open({ credit: 100 });
    writer.backlog = 100;
    expect(pipeline.creditOpen).toBe(true);
    writer.backlog = 101;
    expect(pipeline.creditOpen).toBe(false);
  });

  it('fails for good, with a typed error, when an operator fails', () => {
    const broken = { ...frame(KIND.batch, new Uint8Array(4096)), u32: undefined as never };
    for (const view of [broken, frame(CORE_KIND.clock, new Uint8Array(16))]) {
      expect(() => pipeline.push(view)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_PIPELINE' }));
    }
  });

  it('ends its streams', () => {
    let completed = 0;
    pipeline.proofs$.subscribe({ complete: () => completed++ });
    pipeline.close();
    expect(completed).toBe(1);
  });
});

/** What an output with these records holds. */
function countsOf(connections: readonly Connection[]): RecordCounts {
  const counts = new RecordCounts();
  for (const { state } of connections) counts.add('connection', 1, state === 'closed' ? 1 : 0);
  return counts;
}

describe('any frames', () => {
  /** A run of a small world: connections open, carry bytes, close on any CPU, are seen by snapshots that overlap with closes. */
  const world = fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ close: fc.nat(400), cpu: fc.nat(2), bytes: fc.nat(1e6), single: fc.boolean() }),
      },
      { weight: 2, arbitrary: fc.record({ read: fc.nat(2) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          snapshot: fc.array(fc.record({ cookie: fc.nat(400), bytes: fc.nat(1e6) }), { maxLength: 30 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ flush: fc.boolean() }) },
    ),
    { maxLength: 400, size: 'max' },
  );
  type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

  /** Writes the frames of a world; returns how many closes it had. */
  function play(steps: World, out: FrameStream): number {
    const batches = [0, 1, 2].map(() => ({ id: 1, records: [] as Uint8Array[], read: 0 }));
    const bytes = new Map<number, number>();
    const gone = new Set<number>();
    let now = S;
    let snapshots = 0;
    let closes = 0;
    let read = 0;
    let duplicate = 0;
    const grow = (cookie: number, more: number): ConnFields => {
      bytes.set(cookie, (bytes.get(cookie) ?? 0) + more);
      return { cookie, sent_bytes: bytes.get(cookie)!, end_ns: now };
    };
    const readBatch = (cpu: number): void => {
      const batch = batches[cpu]!;
      if (batch.records.length === batch.read) return;
      out.pending(cpu, batch.id, batch.records);
      read += batch.records.length;
      duplicate += batch.read;
      batch.read = batch.records.length;
    };
    const report = (final: number): void => {
      const pending = batches.reduce((sum, batch) => sum + batch.records.length - batch.read, 0);
      out.account({
        boot_ns: now,
        attempted: closes,
        emitted: closes - pending,
        pending,
        read,
        duplicate,
        enqueued: read - duplicate,
        final,
      });
    };
    out.clock(now, WALL);
    for (const step of steps) {
      now += 1e6;
      if ('close' in step) {
        if (gone.has(step.close)) continue;
        gone.add(step.close);
        closes++;
        const record = conn(grow(step.close, step.bytes));
        if (step.single) {
          out.single(step.cpu, record);
          read++;
          continue;
        }
        const batch = batches[step.cpu]!;
        if (batch.records.push(record) < BATCH_CAPACITY) continue;
        out.batch(step.cpu, batch.id, batch.records);
        read += BATCH_CAPACITY;
        duplicate += batch.read;
        Object.assign(batch, { id: batch.id + 1, records: [], read: 0 });
      } else if ('read' in step) readBatch(step.read);
      else if ('snapshot' in step) {
        // Begun a little ago: it may show what has closed since.
        const rows = step.snapshot
          .filter(({ cookie }) => !gone.has(cookie))
          .map((row) => openConn(grow(row.cookie, row.bytes)));
        out.snapshot(now - 5e5, ++snapshots, rows, false);
      } else {
        report(0);
        out.clock(now);
        out.flush(now, { deltas: step.flush });
      }
    }
    for (const cpu of [0, 1, 2]) readBatch(cpu);
    report(1);
    out.flush(now, { final: true });
    return closes;
  }

  it('every close comes exactly once, its deltas sum to its total, and the ledger closes after every flush', () => {
    fc.assert(
      fc.property(world, (steps) => {
        open();
        const closes = play(steps, stream);
        expect(new Set(writer.closed.map(({ cookie }) => cookie)).size).toBe(closes);
        expect(writer.closed).toHaveLength(closes);
        const sums = new Map<unknown, { bytes: number; closed: number; established: number }>();
        for (const { cookie, delta } of writer.connections) {
          const sum = sums.get(cookie) ?? { bytes: 0, closed: 0, established: 0 };
          sum.bytes += delta.sent_bytes;
          sum.closed += delta.closed;
          sum.established += delta.established;
          sums.set(cookie, sum);
        }
        for (const { cookie, total } of writer.closed) {
          expect(sums.get(cookie)).toEqual({ bytes: total.sent_bytes, closed: 1, established: 1 });
        }
        const check = new IdentityCheck();
        let at = 0;
        for (const ledger of writer.ledgers) {
          const end = ledger.accounts[0]!.series[0]!.last_seq ?? at;
          check.ledger(ledger, countsOf(writer.connections.slice(at, end)));
          at = end;
        }
        expect(check.end(countsOf(writer.connections.slice(at)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('give the same records again', () => {
    fc.assert(
      fc.property(world, fc.array(fc.nat(10)), (steps, pauses) => {
        open();
        play(steps, stream);
        const again = new ListWriter();
        const replay = connectionPipeline({ ...HOST, maxConnections: 4096, clients: [again.client] });
        for (const [i, view] of stream.frames.entries()) {
          replay.push(view);
          if (pauses.includes(i % 11)) replay.drained();
        }
        expect(again.lines).toEqual(writer.lines);
      }),
      { numRuns: 30 },
    );
  });

  it('random bytes never end in anything but counts', () => {
    const bytes = fc.uint8Array({ maxLength: 5000, size: 'max' });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(11), bytes, fc.nat(30)), { maxLength: 20 }), (frames) => {
        open({ maxConnections: 100 });
        for (const [seq, [kind, payload, fresh]] of frames.entries()) {
          const view: FrameView = frame(kind, payload, { seq, fresh });
          pipeline.push(view);
        }
        const { enqueued, kept, filtered, selfTest, discarded } = connectionCounts(pipeline);
        expect(kept + filtered + selfTest + discarded).toBe(enqueued);
      }),
      { numRuns: 100 },
    );
  });
});
