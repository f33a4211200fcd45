import { beforeEach, describe, expect, test } from 'vitest';
import {
  BUFFER_SOURCE,
  ENTRIES_BY,
  ENTRIES_REASON,
  KIND,
  MAP,
  OBJECT,
  PROGRAM,
  REASON,
  ROUND,
} from '../../../src/checks/ebpf/layout.gen.js';
import { mapFrame, programFrame, READ_NS, roundFrame } from '../../support/ebpf-frames.js';
import { CPUS, EbpfSession, WALL } from './session.js';

const S = 1_000_000_000;
const utc = (bootNs: number): string => {
  const us = Math.floor(bootNs / 1000) + WALL;
  return `${new Date(us / 1000).toISOString().slice(0, -1)}${String(us % 1000).padStart(3, '0')}Z`;
};

let session: EbpfSession;
beforeEach(() => {
  session = new EbpfSession();
});

describe('a map', () => {
  test('all that can be known', () => {
    session.map({
      id: 12,
      name: 'flows',
      type: 'lru_hash',
      memlock: 300_000,
      btfId: 5,
      owners: [
        { pid: 10, name: 'agent', startNs: 3 * S },
        { pid: 11, name: 'agent' },
      ],
      ownerCount: 9,
      paths: ['/sys/fs/bpf/flows', '/sys/fs/bpf/a b'],
      pinned: 6,
      keySize: 50,
      valueSize: 150,
      maxEntries: 1000,
      flags: 0x11,
      extra: 2n ** 64n - 1n,
      frozen: true,
      entries: { count: 640, by: ENTRIES_BY.batch, ns: READ_NS - 2 * S },
    });
    expect(session.maps).toEqual([
      {
        record: 'ebpf_map',
        host: 'test',
        boot_id: 'b',
        run: 0,
        seq: 1,
        time: utc(READ_NS),
        round: 1,
        id: 12,
        name: 'flows',
        type: 'lru_hash',
        module: 'agent',
        reason: null,
        owners: [
          { pid: 10, name: 'agent', start: utc(3 * S) },
          { pid: 11, name: 'agent', start: null },
          ...Array.from({ length: 6 }, () => ({ pid: 0, name: '', start: null })),
        ],
        owner_count: 9,
        pinned: ['/sys/fs/bpf/flows', '/sys/fs/bpf/a b'],
        pinned_count: 6,
        btf_id: 5,
        key_size: 50,
        value_size: 150,
        max_entries: 1000,
        flags: 0x11,
        extra: -1,
        frozen: true,
        memory_model: 704 + 16_384 + 64 * CPUS + 256_000,
        memory_kernel: 300_000,
        entries: 640,
        entries_by: 'batch',
        entries_reason: null,
        entries_age_us: 2_000_000,
        buffer: null,
        buffer_source: null,
      },
    ]);
  });

  test('little is known: what is not is null', () => {
    session.map({ id: 3, type: 'hash', known: 0, reason: REASON.refused, entriesReason: ENTRIES_REASON.refused });
    expect(session.maps).toMatchObject([
      {
        id: 3,
        name: null,
        type: 'hash',
        module: null,
        reason: 'refused',
        owners: [],
        owner_count: null,
        pinned: [],
        pinned_count: null,
        btf_id: null,
        key_size: null,
        value_size: null,
        max_entries: null,
        flags: null,
        extra: null,
        frozen: null,
        memory_model: null,
        memory_kernel: null,
        entries: null,
        entries_by: null,
        entries_reason: 'refused',
        entries_age_us: null,
      },
    ]);
  });

  test('a type that this build does not know', () => {
    session.map({ type: 77 });
    expect(session.maps).toMatchObject([{ type: 'type_77', memory_model: null, max_entries: 100 }]);
  });

  test.each(Object.entries(ENTRIES_REASON).filter(([name]) => name !== 'none'))(
    'entries are not known: %s',
    (name, reason) => {
      session.map({ entriesReason: reason });
      expect(session.maps).toMatchObject([{ entries: null, entries_by: null, entries_reason: name }]);
    },
  );

  test.each(Object.entries(ENTRIES_BY).filter(([name]) => name !== 'none'))('entries are counted: %s', (name, by) => {
    session.map({ entries: { count: 5, by } });
    expect(session.maps).toMatchObject([{ entries: 5, entries_by: name, entries_reason: null, entries_age_us: 0 }]);
  });

  test('the rings of a perf event array', () => {
    const bytes = CPUS * 9 * 4096;
    const buffer = { source: BUFFER_SOURCE.iterator, rings: CPUS, bytes, mapped: bytes, mappings: CPUS };
    session.map({ type: 'perf_event_array', keySize: 4, valueSize: 4, maxEntries: CPUS, buffer });
    expect(session.maps).toMatchObject([
      {
        memory_model: bytes + 8 * CPUS + 320,
        buffer: { rings: CPUS, bytes, mapped_bytes: bytes, consumer_mapped_bytes: 0, mappings: CPUS },
        buffer_source: 'iterator',
      },
    ]);
  });

  test('names that others chose are made safe', () => {
    session.map({ name: 'a\nb\\', owners: [{ pid: 1, name: 'x\x1b[2J' }], paths: ['/sys/fs/bpf/\u202e'] });
    expect(session.maps).toMatchObject([
      {
        name: 'a\\010b\\092',
        module: 'x\\027[2J',
        owners: [{ name: 'x\\027[2J' }],
        pinned: ['/sys/fs/bpf/\\226\\128\\174'],
      },
    ]);
  });
});

describe('a module', () => {
  const owner = (pid: number, name: string) => ({ pid, name });
  test.each([
    ['ours, whoever holds it', { ours: true, owners: [owner(1, 'other')] }, 'conntrail'],
    ['one name of several processes', { owners: [owner(1, 'agent'), owner(2, 'agent')] }, 'agent'],
    ['several names', { owners: [owner(1, 'agent'), owner(2, 'bpftool')] }, null],
    ['nobody', { owners: [] }, null],
    ['nobody knows', {}, null],
    ['a name that was not read', { owners: [owner(1, '')] }, null],
  ])('%s', (_, fields, module) => {
    session.program(fields);
    expect(session.programs).toMatchObject([{ module }]);
  });
});

describe('a program', () => {
  test('all that can be known', () => {
    session.program({
      id: 40,
      name: 'a_function_with_a_name_of_its_own',
      type: 'tracing',
      owners: [{ pid: 7, name: 'agent', startNs: S }],
      memlock: 8192,
      loadedNs: 5 * S,
      runs: { timeNs: 2n ** 60n, count: 2n ** 62n },
      misses: 3,
      statisticsSinceNs: 6 * S,
      uid: 1000,
      xlatedBytes: 5000,
      jitedBytes: 3100,
      verified: 12_345,
      gpl: true,
      tag: [0x0a, 0xff, 0, 1, 2, 3, 4, 0x80],
      attachments: [
        { linkId: 6, type: 'tracing', attachType: 'trace_fentry', target: 'tcp_close' },
        { type: 'perf_event' },
        { linkId: 8, type: 99, attachType: 98 },
      ],
    });
    const [program] = session.programs;
    expect(program).toMatchObject({
      record: 'ebpf_program',
      seq: 1,
      time: utc(READ_NS),
      id: 40,
      name: 'a_function_with_a_name_of_its_own',
      type: 'tracing',
      module: 'agent',
      loaded: utc(5 * S),
      uid: 1000,
      tag: '0aff000102030480',
      gpl_compatible: true,
      xlated_bytes: 5000,
      jited_bytes: 3100,
      verified_instructions: 12_345,
      memory_model: 8192,
      memory_kernel: 8192,
      recursion_misses: 3,
      statistics_since: utc(6 * S),
      attachments: [
        { link_id: 6, type: 'tracing', attach_type: 'trace_fentry', target: 'tcp_close' },
        { link_id: null, type: 'perf_event', attach_type: null, target: null },
        { link_id: 8, type: 'type_99', attach_type: 'type_98', target: null },
      ],
      attachment_count: 3,
      since_last: null,
    });
    // All digits of 64 bits.
    expect(session.writer.lines[0]).toContain(`"run_time_ns":${2n ** 60n},"runs":${2n ** 62n},`);
  });

  test('little is known', () => {
    session.program({ known: 0, type: 200, reason: REASON.no_descriptor });
    expect(session.programs).toMatchObject([
      {
        type: 'type_200',
        reason: 'no_descriptor',
        loaded: null,
        uid: null,
        tag: null,
        gpl_compatible: null,
        xlated_bytes: null,
        jited_bytes: null,
        verified_instructions: null,
        memory_model: null,
        memory_kernel: null,
        run_time_ns: null,
        runs: null,
        recursion_misses: null,
        statistics_since: null,
        attachments: [],
        attachment_count: null,
        since_last: null,
      },
    ]);
  });
});

describe('what a program did since it was read before', () => {
  const read = (round: number, timeNs: number | bigint, count: number | bigint, more: object = {}) =>
    session.program({
      id: 9,
      round,
      bootNs: READ_NS + round * S,
      runs: { timeNs, count },
      misses: round,
      statisticsSinceNs: READ_NS,
      ...more,
    });
  const since = () => session.programs.map(({ since_last }) => since_last);

  test('a share of a core, exact whatever the totals are', () => {
    read(1, 2n ** 62n, 2n ** 61n);
    read(2, 2n ** 62n + 250_000_001n, 2n ** 61n + 1000n);
    read(3, 2n ** 62n + 250_000_001n, 2n ** 61n + 1000n);
    expect(since()).toEqual([
      null,
      { interval_us: 1e6, run_time_ns: 250_000_001, runs: 1000, recursion_misses: 1, core_share: 0.250000001 },
      { interval_us: 1e6, run_time_ns: 0, runs: 0, recursion_misses: 1, core_share: 0 },
    ]);
  });

  test('across the word', () => {
    read(1, 2n ** 32n - 5n, 2n ** 32n - 1n);
    read(2, 2n ** 32n + 5n, 2n ** 32n);
    expect(since()[1]).toMatchObject({ run_time_ns: 10, runs: 1 });
  });

  test.each([
    ['statistics are off', { statisticsSinceNs: 0 }],
    ['statistics came on between the readings', { statisticsSinceNs: READ_NS + 1.5 * S }],
    ['its id was given anew', { loadedNs: 2 * S }],
    ['its counters went back', { runs: { timeNs: 1, count: 1000 } }],
    ['what it did is not known', { runs: undefined }],
    ['no time has passed', { bootNs: READ_NS + S }],
  ])('null: %s', (_, more) => {
    read(1, 100, 10);
    read(2, 200, 20, more);
    expect(since()).toEqual([null, null]);
  });

  test('null where a round is missing; then it goes on', () => {
    read(1, 100, 10);
    session.map({ round: 2 });
    read(3, 300, 30);
    read(4, 400, 40);
    expect(since().map((each) => each?.runs ?? null)).toEqual([null, null, 10]);
  });

  test('without misses where the kernel has none', () => {
    read(1, 100, 10, { misses: undefined });
    read(2, 200, 20, { misses: undefined });
    expect(since()[1]).toMatchObject({ runs: 10, recursion_misses: null });
  });

  test('programs beyond the bound are told, and have nothing to be compared with', () => {
    session = new EbpfSession({ programs: 2 });
    for (const round of [1, 2]) for (const id of [5, 6, 7]) read(round, round, round, { id });
    expect(since().map((each) => each !== null)).toEqual([false, false, false, true, true, false]);
    expect(session.statistics).toMatchObject({ programs: 2, refused: 2 });
  });
});

describe('what cannot be', () => {
  const u32 = (offset: number, value: number) => (view: DataView) => view.setUint32(offset, value, true);
  const u64 = (offset: number, value: bigint) => (view: DataView) => view.setBigUint64(offset, value, true);
  const u8 = (offset: number, value: number) => (view: DataView) => view.setUint8(offset, value);

  test.each<[name: string, kind: number, damage: (view: DataView) => void]>([
    ['an id of 0', KIND.map, u32(OBJECT.id, 0)],
    ['a time to come', KIND.map, u64(OBJECT.boot_ns, 2n ** 60n)],
    ['more memory than there is', KIND.map, u64(OBJECT.memlock, 2n ** 50n)],
    ['a page size', KIND.map, u32(OBJECT.page_size, 5000)],
    ['more paths than it is pinned at', KIND.map, u8(OBJECT.paths, 1)],
    ['a reason', KIND.map, u8(OBJECT.reason, 3)],
    ['a way to count', KIND.map, u8(MAP.entries_by, 9)],
    ['counted, and a reason why not', KIND.map, u8(MAP.entries_reason, 1)],
    ['counted later than read', KIND.map, u64(MAP.entries_ns, 2n ** 50n)],
    ['more entries than a number holds', KIND.map, u64(MAP.entries, 2n ** 53n)],
    ['rings of no source', KIND.map, u8(MAP.buffer_source, 1)],
    ['sizes beyond all memory', KIND.map, u32(MAP.max_entries, 2 ** 32 - 1)],
    ['a run time below zero', KIND.program, u64(PROGRAM.run_time_ns, 2n ** 63n)],
    ['loaded in time to come', KIND.program, u64(PROGRAM.loaded_ns, 2n ** 60n)],
    ['statistics from later on', KIND.program, u64(PROGRAM.statistics_since_ns, 2n ** 59n)],
  ])('%s', (_, kind, damage) => {
    const payload =
      kind === KIND.map
        ? mapFrame({ type: 'array', valueSize: 2 ** 31, maxEntries: 1, entries: { count: 1, by: ENTRIES_BY.size } })
        : programFrame({});
    damage(new DataView(payload.buffer));
    session.give(kind, payload);
    session.map({});
    expect(session.maps).toHaveLength(1);
    expect(session.programs).toHaveLength(0);
    expect(session.row()).toMatchObject({ enqueued: 2, given: 1, discarded: { impossible: 1 } });
  });

  test('the end of a round before it began', () => {
    const payload = roundFrame({});
    new DataView(payload.buffer).setBigUint64(ROUND.began_ns, 2n ** 50n, true);
    session.stream.add(KIND.round, payload, 0);
    expect(session.totals).toEqual([]);
    expect(session.statistics).toMatchObject({ impossible: 1 });
  });

  test('a frame that is told again is not told again', () => {
    session.map({ id: 4 });
    session.stream.add(KIND.map, mapFrame({ id: 4 }), 0);
    session.end();
    expect(session.maps).toHaveLength(1);
    expect(session.totals).toMatchObject([
      { scope: 'unknown', maps: 1 },
      { scope: 'all', maps: 1 },
    ]);
  });
});
