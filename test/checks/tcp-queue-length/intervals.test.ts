import { beforeEach, expect, test } from 'vitest';
import { FLAG, LOST, PEAK, TCP_QUEUE } from '../../../src/checks/tcp-queue-length/layout.gen.js';
import { Intervals, type Read } from '../../../src/checks/tcp-queue-length/source/intervals.js';
import { PeakTable } from '../../../src/checks/tcp-queue-length/source/peak-table.js';
import { type PeaksFields, peaks } from './queue-bytes.js';

interface Told {
  cgroup: bigint;
  beginNs: bigint;
  endNs: bigint;
  flags: number;
  units: number;
  receive: { permille: number; pid: number; samples: number };
  path: number;
}

/** What calls and sweeps would have found, by cgroup. */
type Found = Record<string, PeaksFields>;

let calls: Found;
let sockets: Found;
let counted: Partial<Read['counted']>;
let misses: number;
let sampled: boolean;
let bootNs: bigint;
let told: Told[];
let lost: [number, number][];
let steps: string[];
let intervals: Intervals;

function read(found: Found, more: Partial<Read['counted']> = {}): Read {
  const table = new PeakTable();
  for (const [cgroup, fields] of Object.entries(found)) table.add(BigInt(cgroup), peaks(fields));
  return { peaks: table, counted: { attempted: table.samples, full: 0, busy: 0, ...more } };
}

function tell(payload: Uint8Array, units: number): void {
  const view = new DataView(payload.buffer.slice(0));
  const receive = TCP_QUEUE.peaks_receive_samples - PEAK.samples;
  told.push({
    cgroup: view.getBigUint64(TCP_QUEUE.cgroup_id, true),
    beginNs: view.getBigUint64(TCP_QUEUE.begin_ns, true),
    endNs: view.getBigUint64(TCP_QUEUE.end_ns, true),
    flags: view.getUint32(TCP_QUEUE.flags, true),
    units,
    receive: {
      permille: view.getUint32(receive + PEAK.permille, true),
      pid: view.getUint32(receive + PEAK.pid, true),
      samples: Number(view.getBigUint64(receive + PEAK.samples, true)),
    },
    path: Number(view.getBigUint64(TCP_QUEUE.path_id, true)),
  });
}

beforeEach(() => {
  [calls, sockets, counted, misses, sampled, bootNs] = [{}, {}, {}, 0, false, 1000n];
  [told, lost, steps] = [[], [], []];
  intervals = new Intervals(
    {
      get sampled() {
        return sampled;
      },
      get misses() {
        return misses;
      },
      paths: {
        get: (cgroup) => (cgroup === 7n ? new Uint8Array(BigUint64Array.of(7n).buffer) : undefined),
        refresh: () => steps.push('paths'),
      },
      start: () => steps.push('start'),
      flip: () => {
        steps.push('flip');
        return () => {
          steps.push('read');
          return read(calls, counted);
        };
      },
      sweep: () => {
        steps.push('sweep');
        return read(sockets);
      },
    },
    {
      get bootNs() {
        return bootNs;
      },
      write: (_, payload, units) => {
        tell(payload, units);
        return true;
      },
      lose: (cause, units) => lost.push([cause, units]),
    },
  );
});

function next(): void {
  bootNs += 1000n;
  told = [];
  lost = [];
  intervals.next();
}

test('the first time an interval begins, and calls are looked at from then on', () => {
  sockets = { 1: { receive: { permille: 5, queued: 1 } } };
  next();
  expect(told).toEqual([]);
  expect(steps).toEqual(['start', 'sweep']);
});

test('the old epoch is read after the flip and the sweep: the present is of both intervals', () => {
  next();
  steps = [];
  next();
  expect(steps).toEqual(['flip', 'sweep', 'read', 'paths']);
});

test('an interval has the maxima of its calls and of both its ends; the next one begins at the present fill', () => {
  sockets = { 1: { receive: { samples: 2, permille: 100, queued: 10, pid: 1 } } };
  next();
  calls = { 1: { receive: { samples: 50, permille: 900, queued: 90, pid: 2 } } };
  sockets = { 1: { receive: { samples: 3, permille: 400, queued: 40, pid: 3 } } };
  next();
  expect(told).toMatchObject([
    { cgroup: 1n, beginNs: 2000n, endNs: 3000n, units: 55, receive: { permille: 900, pid: 2, samples: 55 } },
  ]);
  // Nobody calls any more, and in the end the queue is empty.
  calls = {};
  sockets = { 1: { receive: { samples: 1 } } };
  next();
  expect(told).toMatchObject([
    { beginNs: 3000n, endNs: 4000n, units: 4, receive: { permille: 400, pid: 3, samples: 4 } },
  ]);
  next();
  expect(told).toMatchObject([{ units: 2, receive: { permille: 0, pid: 0, samples: 2 } }]);
  sockets = {};
  next();
  expect(told).toMatchObject([{ units: 1 }]);
  next();
  expect(told).toEqual([]);
});

test('each cgroup for itself, with its path; sampled where the hooks say so', () => {
  next();
  sampled = true;
  calls = { 1: { send: { samples: 4 } }, 7: { receive: { samples: 1, permille: 1, queued: 1 } } };
  next();
  expect(told).toMatchObject([
    { cgroup: 1n, units: 4, path: 0, flags: FLAG.sampled },
    { cgroup: 7n, units: 1, path: 7, flags: FLAG.sampled },
  ]);
});

test('what found no place, was not run, or is gone is lost, each by its cause', () => {
  misses = 4;
  next();
  // What was missed before it began is not of this run.
  expect(lost).toEqual([]);
  misses = 9;
  calls = { 1: { receive: { samples: 10 } } };
  counted = { attempted: 21, full: 6, busy: 3 };
  next();
  expect(lost.sort()).toEqual(
    [
      [LOST.map_full, 6],
      [LOST.skipped, 5],
      [LOST.busy, 3],
      [LOST.unread, 2],
    ].sort(),
  );
  counted = {};
  next();
  expect(lost).toEqual([]);
});
