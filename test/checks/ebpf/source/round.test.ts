/** Rounds over a kernel of the test's: what is written of which objects, and what is counted as lost. */
import { constants } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { KIND, KNOWN, LOST, MAP, OBJECT, PROGRAM, REASON, ROUND } from '../../../../src/checks/ebpf/layout.gen.js';
import { MAP_ROW } from '../../../../src/checks/ebpf/rows/layout.gen.js';
import { EntryCounting } from '../../../../src/checks/ebpf/source/entry-counting.js';
import { ProgramConstants } from '../../../../src/checks/ebpf/source/program-constants.js';
import { Reader } from '../../../../src/checks/ebpf/source/reading.js';
import { Rounds } from '../../../../src/checks/ebpf/source/round.js';
import { StatisticsSwitch } from '../../../../src/checks/ebpf/source/statistics-switch.js';
import type { MapInfo, NativeBpf, ProgramInfo } from '../../../../src/native/index.js';
import type { FactPort } from '../../../../src/workers/fact-port.js';

const { EPERM, ENOENT, EMFILE } = constants.errno;
/** No process has a descriptor of this number. */
const DESCRIPTOR = 1 << 20;

const info: MapInfo = {
  id: 0,
  type: 1,
  keySize: 4,
  valueSize: 8,
  maxEntries: 10,
  flags: 0,
  name: 'm',
  btfId: 0,
  extra: 0n,
};
const program: ProgramInfo = {
  id: 0,
  type: 26,
  name: 'p',
  functionType: 0,
  tag: new Uint8Array(8),
  btfId: 0,
  loadedNs: 5n,
  uid: 0,
  gplCompatible: true,
  xlatedBytes: 80,
  jitedBytes: 60,
  runTimeNs: 9n,
  runCount: 2n,
  misses: null,
  verified: 11,
  attachBtf: 0,
  attachType: 0,
};

/** What it has, by id: an errno is what opening it comes to. */
interface Kernel {
  maps: Record<number, number | Partial<MapInfo>>;
  programs: Record<number, number | Partial<ProgramInfo>>;
  ids: boolean;
  rows: DataView | null;
}

let kernel: Kernel;
let frames: { kind: number; view: DataView; units: number }[];
let lost: Record<number, number>;

beforeEach(() => {
  kernel = { maps: {}, programs: {}, ids: true, rows: null };
  frames = [];
  lost = {};
});

function run(): void {
  const of = (kind: string) => (kind === 'map' ? kernel.maps : kind === 'program' ? kernel.programs : {});
  const found = (kind: string, descriptor: number) => of(kind)[descriptor - DESCRIPTOR];
  const bpf = {
    pageSize: 4096,
    ids: (kind: string) => (kernel.ids ? Uint32Array.from(Object.keys(of(kind)).map(Number)) : -EPERM),
    open: (kind: string, id: number) => {
      if (!kernel.ids) return -EPERM;
      const object = of(kind)[id];
      return typeof object === 'number' ? object : DESCRIPTOR + id;
    },
    close: () => {},
    openPinned: () => -EPERM,
    mapInfo: (fd: number) => ({ ...info, id: fd - DESCRIPTOR, ...(found('map', fd) as object) }),
    programInfo: (fd: number) => ({ ...program, id: fd - DESCRIPTOR, ...(found('program', fd) as object) }),
    typeName: () => '',
    threadCpuNs: () => 1,
    rows: (link: number, into: Uint8Array) => {
      if (link !== 1 || kernel.rows === null) return -ENOENT;
      into.set(new Uint8Array(kernel.rows.buffer));
      return kernel.rows.byteLength;
    },
    EntryCounter: class {
      walk = () => ({ state: 'done', entries: 4, errno: 0 });
      kept = () => [];
      programs = () => [99];
      forget = () => {};
    },
  } as unknown as NativeBpf;
  const port = {
    bootNs: 1000n,
    write: (kind: number, payload: Uint8Array, units = 1) => {
      frames.push({ kind, view: new DataView(payload.slice().buffer), units });
      return true;
    },
    lose: (cause: number, units: number) => {
      lost[cause] = (lost[cause] ?? 0) + units;
    },
  } as unknown as FactPort;
  const none = { maps: 1, programs: -1, links: -1, holders: -1, mappings: -1, mappingsProgram: -1 };
  new Rounds({
    bpf,
    port,
    reader: new Reader(bpf, none, 4096),
    counting: new EntryCounting(bpf, () => 1n),
    statistics: new StatisticsSwitch({ openStatistics: () => -EPERM, close: () => {} }),
    constants: new ProgramConstants(bpf),
    pageSize: 4096,
    countingNs: 50e6,
    ours: { maps: new Set([2]), programs: new Set() },
  }).run();
}

const of = (kind: number) => frames.filter((frame) => frame.kind === kind).map(({ view }) => view);
const idsOf = (kind: number) => of(kind).map((view) => view.getUint32(OBJECT.id, true));
const known = (view: DataView): number => view.getUint32(OBJECT.known, true);

describe('a round', () => {
  it('writes a frame of one unit for each object, then one of none that ends it', () => {
    kernel.maps = { 1: {}, 2: { type: 2 } };
    kernel.programs = { 5: {} };
    run();
    expect(frames.map(({ kind, units }) => [kind, units])).toEqual([
      [KIND.map, 1],
      [KIND.map, 1],
      [KIND.program, 1],
      [KIND.round, 0],
    ]);
    const [first, second] = of(KIND.map);
    expect(first!.getBigUint64(MAP.entries, true)).toBe(4n);
    expect(second!.getBigUint64(MAP.entries, true)).toBe(10n);
    expect([known(first!) & KNOWN.ours, known(second!) & KNOWN.ours]).toEqual([0, KNOWN.ours]);
    const [told] = of(KIND.program);
    expect(told!.getUint32(PROGRAM.verified_instructions, true)).toBe(11);
    expect(known(told!) & (KNOWN.misses | KNOWN.verified | KNOWN.runs)).toBe(KNOWN.verified | KNOWN.runs);
    const [round] = of(KIND.round);
    expect([ROUND.round, ROUND.maps, ROUND.programs].map((at) => round!.getUint32(at, true))).toEqual([1, 2, 1]);
  });

  it('counts what has gone since it was listed, and what nothing is known of', () => {
    kernel.maps = { 1: -ENOENT, 2: {}, 3: -EPERM, 4: -EMFILE };
    kernel.programs = { 5: -ENOENT };
    run();
    expect(idsOf(KIND.map)).toEqual([2]);
    expect(lost).toEqual({ [LOST.vanished]: 2, [LOST.unreadable]: 2 });
    expect(of(KIND.round)[0]!.getUint32(ROUND.maps, true)).toBe(4);
  });

  it('leaves a reason where one object may not be opened, with what the iterator shows of it', () => {
    kernel.maps = { 1: {}, 3: -EPERM, 4: -EMFILE };
    kernel.rows = rows(3, 4);
    run();
    const reasons = of(KIND.map).map((view) => [view.getUint32(OBJECT.id, true), view.getUint8(OBJECT.reason)]);
    expect(reasons).toEqual([
      [1, REASON.none],
      [3, REASON.refused],
      [4, REASON.no_descriptor],
    ]);
    for (const view of of(KIND.map).slice(1)) {
      expect(known(view) & (KNOWN.info | KNOWN.memlock | KNOWN.entries)).toBe(KNOWN.info);
      expect(view.getUint32(MAP.max_entries, true)).toBe(77);
    }
  });

  it('tells what the iterator shows where no object may be listed', () => {
    kernel.ids = false;
    kernel.rows = rows(8, 6);
    run();
    expect(idsOf(KIND.map)).toEqual([6, 8]);
    expect(lost).toEqual({});
  });

  it('leaves out the programs that count', () => {
    kernel.programs = { 98: {}, 99: {} };
    run();
    expect(idsOf(KIND.program)).toEqual([98]);
  });

  it('leaves nothing of one object in the frame of the next', () => {
    kernel.maps = { 1: { name: 'a_long_name', extra: 7n, flags: 3 }, 2: { name: 'b' } };
    run();
    const [, second] = of(KIND.map);
    expect(second!.getBigUint64(MAP.extra, true)).toBe(0n);
    expect(second!.getUint8(OBJECT.name + 1)).toBe(0);
  });
});

/** Rows of hash maps with 77 entries at most. */
function rows(...ids: number[]): DataView {
  const view = new DataView(new ArrayBuffer(MAP_ROW.size * ids.length));
  for (const [i, id] of ids.entries()) {
    view.setUint32(i * MAP_ROW.size + MAP_ROW.id, id, true);
    view.setUint32(i * MAP_ROW.size + MAP_ROW.type, 1, true);
    view.setUint32(i * MAP_ROW.size + MAP_ROW.max_entries, 77, true);
  }
  return view;
}
