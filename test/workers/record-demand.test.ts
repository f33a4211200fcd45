import { describe, expect, it } from 'vitest';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import type { RecordWriter } from '../../src/pipeline/record-writer.js';
import { isTaken, RecordDemand } from '../../src/workers/record-demand.js';
import { connectionPipeline } from '../support/connection-pipeline.js';
import { conn, FrameStream } from '../support/frames.js';
import { ListWriter } from '../support/list-writer.js';

/** A writer that has a place for none. */
function nothing(): RecordWriter {
  return { port: () => null, ledger() {}, push() {}, backlog: 0 };
}

describe('RecordDemand', () => {
  it('knows of each type whether somebody takes it, as clients come and go', () => {
    const demand = new RecordDemand(['map', 'program']);
    const taken = (): boolean[] => ['map', 'program', 'other'].map((record) => isTaken(demand.shared, record));
    expect(taken()).toEqual([false, false, false]);
    demand.join(0, (record) => record === 'program');
    demand.join(3, () => true);
    expect(taken()).toEqual([true, true, false]);
    demand.leave(3);
    expect(taken()).toEqual([false, true, false]);
    demand.leave(0);
    demand.leave(0);
    expect(taken()).toEqual([false, false, false]);
    demand.join(0, () => true);
    expect(taken()).toEqual([true, true, false]);
  });

  it('takes all for good where a recorder does', () => {
    const demand = new RecordDemand(['map', 'program']);
    demand.takeAll();
    demand.join(1, () => true);
    demand.leave(1);
    expect([isTaken(demand.shared, 'map'), isTaken(demand.shared, 'program')]).toEqual([true, true]);
  });

  it('sees in memory what changes in another place', () => {
    const demand = new RecordDemand(['map']);
    const copy = structuredClone(demand.shared);
    demand.join(0, () => true);
    expect(isTaken(copy, 'map')).toBe(true);
    demand.leave(0);
    expect(isTaken(copy, 'map')).toBe(false);
  });
});

describe('a pipeline', () => {
  it('counts the types that its clients have a place for, until the frame after they left', () => {
    const demand = new RecordDemand([CONNECTION.name]);
    const pipeline = connectionPipeline({ host: 'test', bootId: 'b', maxConnections: 64, clients: [], watch: demand });
    const stream = new FrameStream((view) => pipeline.push(view));
    const taken = (): boolean => isTaken(demand.shared, CONNECTION.name);
    pipeline.addClient({ name: 'nothing', writer: nothing() });
    expect(taken()).toBe(false);
    const leave = pipeline.addClient(new ListWriter().client);
    expect(taken()).toBe(true);
    leave();
    stream.clock(1e9, 1e15);
    stream.batch(0, 1, [conn({ cookie: 5 })]);
    expect(taken()).toBe(false);
  });
});
