import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionTable, MAX_COLUMNS } from '../../src/connections/connection-table.js';
import { CONN } from '../../src/connections/layout.gen.js';
import { DELTA_FIELDS, RecordBatch, VERDICT } from '../../src/connections/record-batch.js';
import { CLOSE, type ConnFields, concat, conn, ESTABLISHED, openConn } from '../support/frames.js';

const S = 1e9;

interface Told {
  verdict: number;
  keep: boolean;
  delta: number[];
}

let table: ConnectionTable;
let batch: RecordBatch;

beforeEach(() => {
  table = new ConnectionTable(1000);
  batch = new RecordBatch();
});

function addClient(column = batch.clients.length): number {
  table.addClient(column);
  table.prepare(batch);
  return column;
}

/** Runs records through the table; what client `column` is told of each. */
function update(records: readonly Uint8Array[], closed: boolean, { column = 0, filtered = false } = {}): Told[] {
  const bytes = concat(records);
  batch.u8 = bytes;
  batch.u32 = new Uint32Array(bytes.buffer);
  batch.base = 0;
  batch.closed = closed;
  const told: Told[] = [];
  for (let i = 0; i < records.length; i += 64) {
    batch.base = i * CONN.size;
    batch.count = Math.min(64, records.length - i);
    batch.verdict.fill(filtered ? VERDICT.filtered : VERDICT.keep);
    table.update(batch);
    for (let k = 0; k < batch.count; k++) told.push(toldOf(k, column));
  }
  return told;
}

function toldOf(i: number, column: number): Told {
  const { keep, delta } = batch.clients[column]!;
  return {
    verdict: batch.verdict[i]!,
    keep: keep[i] === 1,
    delta: [...delta.subarray(i * DELTA_FIELDS, (i + 1) * DELTA_FIELDS)],
  };
}

function close(fields: ConnFields = {}, options = {}): Told {
  return update([conn(fields)], true, options)[0]!;
}

function row(fields: ConnFields = {}, options = {}): Told {
  return update([openConn(fields)], false, options)[0]!;
}

function snapshot(beginNs: number, id: number, rows: readonly ConnFields[], full = true): Told[] {
  table.snapshotBegin(id);
  const told = rows.map((fields) => row(fields));
  table.snapshotEnd(beginNs, id, full);
  return told;
}

/** Sent bytes, closed. */
function sent({ delta }: Told): [number, number] {
  return [delta[0]!, delta[6]!];
}

describe('the wire layout', () => {
  it('keeps the totals where the table looks for them', () => {
    const { sent_bytes, received_bytes, sent_packets, received_packets } = CONN;
    expect([received_bytes, sent_packets, received_packets]).toEqual([
      sent_bytes + 8,
      sent_bytes + 16,
      sent_bytes + 24,
    ]);
    expect(CONN.transitions % 4).toBe(0);
  });
});

describe('deltas', () => {
  beforeEach(() => void addClient());

  it('are the totals at first sight', () => {
    const fields = { sent_bytes: 1, received_bytes: 2, sent_packets: 3, received_packets: 4, retransmits: 5 };
    expect(close(fields)).toEqual({ verdict: VERDICT.keep, keep: true, delta: [1, 2, 3, 4, 5, 1, 1] });
  });

  it('are what was added since, and sum to the totals', () => {
    expect(row({ sent_bytes: 10, sent_packets: 1 }).delta).toEqual([10, 0, 1, 0, 0, 1, 0]);
    expect(row({ sent_bytes: 15, sent_packets: 3 }).delta).toEqual([5, 0, 2, 0, 0, 0, 0]);
    expect(close({ sent_bytes: 22, sent_packets: 4, retransmits: 1 }).delta).toEqual([7, 0, 1, 0, 1, 0, 1]);
  });

  it('are exact to 2^53', () => {
    row({ sent_bytes: 2n ** 52n + 1n });
    expect(close({ sent_bytes: 2n ** 53n - 1n }).delta[0]).toBe(2 ** 52 - 2);
  });

  it('tell of the handshake once, when it happened', () => {
    expect(row({ transitions: 1 << 2 }).delta[5]).toBe(0);
    expect(row({ transitions: (1 << 2) | ESTABLISHED })).toMatchObject({ keep: true, delta: [0, 0, 0, 0, 0, 1, 0] });
    expect(row({ transitions: (1 << 2) | ESTABLISHED }).keep).toBe(false);
    expect(close().delta.slice(5)).toEqual([0, 1]);
  });

  it('never tell of a handshake that failed', () => {
    expect(close({ transitions: (1 << 2) | CLOSE }).delta.slice(5)).toEqual([0, 1]);
  });

  it('tell of a row without news only at first sight', () => {
    expect(row({ transitions: 0 })).toMatchObject({ verdict: VERDICT.keep, keep: true });
    expect(row({ transitions: 0 })).toMatchObject({ verdict: VERDICT.keep, keep: false });
    expect(row({ transitions: 0, received_packets: 1 })).toMatchObject({ verdict: VERDICT.keep, keep: true });
  });

  it('tell connections of one socket apart by generation, and sockets by all 64 bits', () => {
    row({ cookie: 5, generation: 1, sent_bytes: 10 });
    expect(row({ cookie: 5, generation: 2, sent_bytes: 4 }).delta[0]).toBe(4);
    expect(row({ cookie: 5n + 2n ** 32n, generation: 1, sent_bytes: 3 }).delta[0]).toBe(3);
    expect(close({ cookie: 5, generation: 1, sent_bytes: 11 }).delta[0]).toBe(1);
  });

  it('keep the higher value when a total goes down, and count it', () => {
    row({ sent_bytes: 10, received_bytes: 5 });
    expect(row({ sent_bytes: 8, received_bytes: 6 }).delta).toEqual([0, 1, 0, 0, 0, 0, 0]);
    expect(close({ sent_bytes: 12, received_bytes: 6 }).delta.slice(0, 2)).toEqual([2, 0]);
    expect(table.counters.underflows).toBe(1);
  });

  it('wait while flushes are delayed, and for closes never', () => {
    row({ sent_bytes: 1 });
    table.deltasOpen = false;
    expect(row({ sent_bytes: 5 }).verdict).toBe(VERDICT.held);
    expect(row({ cookie: 2, sent_bytes: 5 }).verdict).toBe(VERDICT.held);
    expect(table.open).toBe(1);
    table.deltasOpen = true;
    expect(row({ sent_bytes: 7 }).delta[0]).toBe(6);
    table.deltasOpen = false;
    expect(close({ cookie: 2, sent_bytes: 6 }).delta[0]).toBe(6);
  });

  it('stay due while a record is filtered', () => {
    row({ sent_bytes: 1 });
    expect(row({ sent_bytes: 5 }, { filtered: true }).verdict).toBe(VERDICT.filtered);
    expect(close({ sent_bytes: 6 }).delta[0]).toBe(5);
  });

  it('of a second record in the same batch build on the first', () => {
    const [first, second] = update([openConn({ sent_bytes: 3 }), openConn({ sent_bytes: 8 })], false);
    expect([first!.delta[0], second!.delta[0]]).toEqual([3, 5]);
  });
});

describe('clients', () => {
  it('have deltas of their own', () => {
    addClient();
    row({ sent_bytes: 10 });
    const late = addClient();
    expect(late).toBe(1);
    row({ sent_bytes: 14 });
    expect(sent(toldOf(0, 0))).toEqual([4, 0]);
    expect(toldOf(0, 1)).toMatchObject({ keep: true, delta: [14, 0, 0, 0, 0, 1, 0] });
    close({ sent_bytes: 15 });
    expect(sent(toldOf(0, 0))).toEqual([1, 1]);
    expect(sent(toldOf(0, 1))).toEqual([1, 1]);
  });

  it('that take the place of one that left begin at nothing', () => {
    addClient();
    const second = addClient();
    row({ sent_bytes: 10 });
    table.removeClient(second);
    row({ sent_bytes: 11 });
    addClient(second);
    row({ sent_bytes: 12 });
    expect(toldOf(0, second).delta).toEqual([12, 0, 0, 0, 0, 1, 0]);
    expect(toldOf(0, 0).delta[0]).toBe(1);
    table.removeClient(0);
    addClient(0);
    row({ sent_bytes: 12 });
    expect(toldOf(0, 0).delta).toEqual([12, 0, 0, 0, 0, 1, 0]);
    expect(toldOf(0, second).keep).toBe(false);
  });

  it('have columns for eight', () => {
    for (let i = 0; i < MAX_COLUMNS; i++) addClient();
    row({ sent_bytes: 10 });
    for (let i = 0; i < MAX_COLUMNS; i++) expect(toldOf(0, i).delta[0]).toBe(10);
  });
});

describe('burial', () => {
  beforeEach(() => void addClient());

  it('keeps a late row from resurrecting a closed connection', () => {
    table.snapshotBegin(1);
    close({ end_ns: 5 * S, sent_bytes: 10 });
    expect(row({ sent_bytes: 9 }).verdict).toBe(VERDICT.late);
    table.snapshotEnd(4 * S, 1, true);
    expect(row({ sent_bytes: 9 }).verdict).toBe(VERDICT.late);
    expect(table.counters.late).toBe(2);
  });

  it('ends with a snapshot begun after the close', () => {
    close({ end_ns: 5 * S });
    snapshot(5 * S, 1, []);
    expect(table.buried).toBe(1);
    snapshot(6 * S, 2, []);
    expect(table.buried).toBe(0);
  });

  it('lasts as long as the close that came later needs it', () => {
    close({ cookie: 1, end_ns: 9 * S });
    close({ cookie: 2, end_ns: 5 * S });
    snapshot(6 * S, 1, []);
    expect(table.buried).toBe(1);
    expect(row({ cookie: 1 }).verdict).toBe(VERDICT.late);
    snapshot(10 * S, 2, []);
    expect(table.buried).toBe(0);
  });

  it('ends after 60 s on the frames’ clock where there are no snapshots', () => {
    close({ end_ns: 5 * S });
    table.clock(65 * S);
    expect(table.buried).toBe(1);
    table.clock(66 * S);
    expect(table.buried).toBe(0);
  });

  it('makes a second close a counted duplicate, filtered or not', () => {
    close();
    expect(close().verdict).toBe(VERDICT.repeated);
    expect(close({}, { filtered: true }).verdict).toBe(VERDICT.repeated);
    expect(table.counters.repeated).toBe(2);
  });

  it('happens to filtered connections, too', () => {
    close({ end_ns: 5 * S }, { filtered: true });
    expect(row().verdict).toBe(VERDICT.late);
  });

  it('of thousands ends in slices', () => {
    table = new ConnectionTable(100_000);
    batch = new RecordBatch();
    addClient();
    update(
      Array.from({ length: 20_000 }, (_, i) => conn({ cookie: i, end_ns: (i % 2 ? 5 : 50) * S })),
      true,
    );
    snapshot(10 * S, 1, []);
    expect(table.buried).toBeGreaterThan(10_000);
    for (let i = 0; i < 20; i++) table.clock(11 * S);
    expect(table.buried).toBe(10_000);
    snapshot(60 * S, 2, []);
    for (let i = 0; i < 20; i++) table.clock(61 * S);
    expect(table.buried).toBe(0);
  });
});

describe('forgetting', () => {
  beforeEach(() => void addClient());

  function readersReach(ns: number): void {
    table.readUntil(ns);
    table.clock(ns);
  }

  it('gives up what two things agree on: a full snapshot lacks it, and every reader has come past', () => {
    snapshot(1 * S, 1, [{ cookie: 1 }, { cookie: 2 }]);
    readersReach(4 * S);
    snapshot(5 * S, 2, [{ cookie: 1 }]);
    expect(table.open).toBe(2);
    readersReach(6 * S);
    expect(table.open).toBe(2);
    readersReach(7 * S);
    expect(table.open).toBe(1);
    expect(table.counters.forgotten).toBe(1);
  });

  it('waits for a close that is on its way', () => {
    snapshot(1 * S, 1, [{ sent_bytes: 5 }]);
    readersReach(4 * S);
    snapshot(5 * S, 2, []);
    expect(close({ sent_bytes: 7, end_ns: 4 * S }).delta[0]).toBe(2);
    readersReach(9 * S);
    expect(table.counters.forgotten).toBe(0);
  });

  it('spares what a later snapshot shows, ids wrapping included', () => {
    snapshot(1 * S, 0xffffffff, [{ cookie: 1 }]);
    readersReach(4 * S);
    snapshot(5 * S, 0, []);
    snapshot(6 * S, 1, [{ cookie: 1 }], false);
    readersReach(9 * S);
    expect(table.open).toBe(1);
  });

  it('learns nothing from a snapshot that is not full', () => {
    snapshot(1 * S, 1, [{ cookie: 1 }]);
    snapshot(5 * S, 2, [], false);
    readersReach(99 * S);
    expect(table.open).toBe(1);
  });

  it('leaves no trace: the connection may come again', () => {
    snapshot(1 * S, 1, [{ sent_bytes: 5 }]);
    readersReach(4 * S);
    snapshot(5 * S, 2, []);
    readersReach(9 * S);
    expect(row({ sent_bytes: 6 }).delta[0]).toBe(6);
  });
});

describe('a full table', () => {
  beforeEach(() => {
    table = new ConnectionTable(4);
    batch = new RecordBatch();
    addClient();
  });

  it('rejects and counts further rows; their counts are in the close', () => {
    for (let cookie = 0; cookie < 4; cookie++) row({ cookie });
    expect(row({ cookie: 9, sent_bytes: 5 }).verdict).toBe(VERDICT.rejected);
    expect(table.counters.rejected).toBe(1);
    expect(close({ cookie: 9, sent_bytes: 6 })).toMatchObject({ verdict: VERDICT.keep, keep: true });
    expect(toldOf(0, 0).delta[0]).toBe(6);
    expect(table.counters.unburied).toBe(1);
    expect(row({ cookie: 3, sent_bytes: 1 }).delta[0]).toBe(1);
  });

  it('forgets the connection buried first to make room, and counts it', () => {
    for (let cookie = 0; cookie < 4; cookie++) close({ cookie });
    row({ cookie: 9, sent_bytes: 5 });
    expect(table.counters).toMatchObject({ exhumed: 1, rejected: 0 });
    expect([table.open, table.buried]).toEqual([1, 3]);
    expect(close({ cookie: 1 }).verdict).toBe(VERDICT.repeated);
  });

  it('loses no close however many come', () => {
    const told = update(
      Array.from({ length: 1000 }, (_, cookie) => conn({ cookie, sent_bytes: cookie })),
      true,
    );
    expect(told.every(({ keep, delta }, cookie) => keep && delta[0] === cookie)).toBe(true);
    expect(table.buried).toBe(4);
  });

  it('goes on releasing after it had to make room in the midst of it', () => {
    for (let cookie = 0; cookie < 4; cookie++) close({ cookie, end_ns: 50 * S });
    table.snapshotEnd(10 * S, 1, false);
    for (let cookie = 10; cookie < 20; cookie++) close({ cookie, end_ns: 20 * S });
    snapshot(60 * S, 2, []);
    expect(table.buried).toBe(0);
  });
});

describe('against a model', () => {
  /** What the table must tell, in the plainest way. */
  class Model {
    readonly totals = new Map<number, number>();
    readonly buried = new Map<number, number>();

    row(cookie: number, total: number): number | undefined {
      if (this.buried.has(cookie)) return undefined;
      const before = this.totals.get(cookie);
      this.totals.set(cookie, total);
      return before === undefined ? total : total - before;
    }

    close(cookie: number, total: number, endNs: number): number | undefined {
      if (this.buried.has(cookie)) return undefined;
      const delta = total - (this.totals.get(cookie) ?? 0);
      this.totals.delete(cookie);
      this.buried.set(cookie, endNs);
      return delta;
    }
  }

  it('every connection’s deltas sum to its total, whatever the order', () => {
    const step = fc.record({ cookie: fc.nat(300), add: fc.nat(1000), closes: fc.boolean(), at: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 2000, size: 'max' }), (steps) => {
        table = new ConnectionTable(4096);
        batch = new RecordBatch();
        addClient();
        const model = new Model();
        const totals = new Map<number, number>();
        const wrong: unknown[] = [];
        for (const { cookie, add, closes, at } of steps) {
          const total = (totals.get(cookie) ?? 0) + add;
          totals.set(cookie, total);
          const expected = closes ? model.close(cookie, total, at * S) : model.row(cookie, total);
          const { verdict, delta } = closes
            ? close({ cookie, sent_bytes: total, end_ns: at * S })
            : row({ cookie, sent_bytes: total });
          const refusal = closes ? VERDICT.repeated : VERDICT.late;
          const right =
            expected === undefined ? verdict === refusal : verdict === VERDICT.keep && delta[0] === expected;
          if (!right) wrong.push({ cookie, closes, expected, verdict, delta });
        }
        expect(wrong).toEqual([]);
        expect([table.open, table.buried]).toEqual([model.totals.size, model.buried.size]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('memory', () => {
  it('is at most 160 bytes per connection', () => {
    const count = 100_000;
    table = new ConnectionTable(1 << 20);
    batch = new RecordBatch();
    addClient();
    for (let i = 0; i < count; i += 64) {
      update(
        Array.from({ length: Math.min(64, count - i) }, (_, k) => openConn({ cookie: i + k })),
        false,
      );
    }
    for (let i = 0; i < 1000; i++) table.clock(i);
    expect(table.open).toBe(count);
    expect(table.bytes / count).toBeLessThanOrEqual(160);
  });
});
