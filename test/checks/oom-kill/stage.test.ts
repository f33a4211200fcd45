import { beforeEach, expect, test } from 'vitest';
import { OOM_KILL as FEATURE } from '../../../src/checks/oom-kill/feature.js';
import { FEATURE as ID, KIND, KNOWN, SCOPE, SOURCE } from '../../../src/checks/oom-kill/layout.gen.js';
import { MAX_BOOT_NS } from '../../../src/frames/bounds.js';
import { IdentityCheck } from '../../../src/ledger/identities.js';
import { RecordCounts } from '../../../src/ledger/record-counts.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import { Pipeline } from '../../../src/pipeline/pipeline.js';
import { FrameStream } from '../../support/frames.js';
import { ListWriter } from '../../support/list-writer.js';
import { type KillEvent, killEvent } from './kill-event.js';

const S = 1_000_000_000;
const WALL = 1_700_000_000_000_000;
const ID_64 = '3f4f4e3b7e0c1f0d9b1b2c6a5d8e7f90112233445566778899aabbccddeeff00';
const ALL = KNOWN.victim | KNOWN.pages | KNOWN.choice | KNOWN.limit;

let writer: ListWriter;
let stream: FrameStream;

beforeEach(() => {
  writer = new ListWriter();
  const features = [{ feature: FEATURE as Feature, options: {} }];
  const pipeline = new Pipeline({ host: 'test', bootId: 'b', features, clients: [writer.client] });
  stream = new FrameStream((view) => pipeline.push(view));
  stream.clock(10 * S, WALL);
});

const tell = (event: KillEvent) => stream.add(KIND.kill, killEvent(event), 1);

/** Ends the run; the ledger's row of it. */
function row(events: number) {
  const counts = { attempted: events, emitted: events, read: events, enqueued: events };
  stream.account({ feature: ID, ...counts, final: 1 });
  stream.flush(20 * S, { final: true });
  const [ledger] = writer.ledgers;
  const check = new IdentityCheck();
  const found = new RecordCounts();
  found.add('oom_kill', writer.others.length, writer.others.length);
  check.ledger(ledger!, found);
  expect(check.end(new RecordCounts())).toEqual([]);
  return ledger!.accounts[0];
}

const FULL: KillEvent = {
  fields: {
    boot_ns: 11 * S,
    victim_start_ns: 9 * S,
    victim_cgroup_id: 41,
    trigger_cgroup_id: 42,
    total_pages: 8869,
    anon_pages: 8128,
    file_pages: 386,
    shmem_pages: 2n ** 33n,
    limit_pages: 8192,
    score: -17,
    victim_pid: 7,
    victim_uid: 1000,
    victim_oom_score_adj: -999,
    trigger_pid: 8,
    trigger_uid: 4294967295,
    page_size: 4096,
    known: ALL,
    scope: SCOPE.cgroup,
    source: SOURCE.kprobe,
  },
  names: { victim: 'tail', trigger: 'a\u001bb' },
  places: { victim: `/shop.slice/docker-${ID_64}.scope`, trigger: '/', memory: '/shop.slice' },
};

test('all that the best hooks tell', () => {
  tell(FULL);
  expect(writer.others).toEqual([
    {
      record: 'oom_kill',
      host: 'test',
      boot_id: 'b',
      run: expect.any(Number),
      seq: 1,
      time: expect.stringContaining(new Date((WALL + 11e6) / 1000).toISOString().slice(0, -1)),
      victim: {
        pid: 7,
        start_time: expect.stringContaining(new Date((WALL + 9e6) / 1000).toISOString().slice(0, -1)),
        name: 'tail',
        uid: 1000,
        cgroup_id: 41,
        cgroup: `/shop.slice/docker-${ID_64}.scope`,
        container: { id: ID_64, runtime: 'docker' },
        oom_score_adj: -999,
        total_pages: 8869,
        anon_pages: 8128,
        file_pages: 386,
        shmem_pages: 2 ** 33,
      },
      trigger: { pid: 8, name: 'a\\027b', uid: 4294967295, cgroup_id: 42, cgroup: '/', container: null },
      scope: 'cgroup',
      memory_cgroup: { path: '/shop.slice', limit_pages: 8192 },
      score: -17,
      page_size: 4096,
      source: 'kprobe',
    },
  ]);
  expect(row(1)).toMatchObject({ unit: 'kills', enqueued: 1, given: 1 });
});

test('what no hook tells is null', () => {
  tell({ fields: { boot_ns: 11 * S, victim_pid: 7, trigger_pid: 8, page_size: 4096 }, names: { trigger: 'tail' } });
  expect(writer.others).toMatchObject([
    {
      victim: {
        pid: 7,
        start_time: null,
        name: null,
        uid: null,
        cgroup_id: null,
        cgroup: null,
        container: null,
        oom_score_adj: null,
        total_pages: null,
        anon_pages: null,
        file_pages: null,
        shmem_pages: null,
      },
      trigger: { pid: 8, name: 'tail', cgroup: null, container: null },
      scope: null,
      memory_cgroup: null,
      score: null,
      source: 'tracepoint',
    },
  ]);
});

test.each([
  ['system', SCOPE.system],
  ['cpuset', SCOPE.cpuset],
  ['mempolicy', SCOPE.mempolicy],
])('of %s there is no memory cgroup', (scope, number) => {
  tell({ fields: { ...FULL.fields, known: ALL & ~KNOWN.limit, scope: number } });
  expect(writer.others).toMatchObject([{ scope, memory_cgroup: null, score: -17 }]);
});

test('a memory cgroup without a limit, and one whose names may not be read', () => {
  const known = ALL & ~KNOWN.limit;
  tell({ ...FULL, fields: { ...FULL.fields, known } });
  tell({ ...FULL, fields: { ...FULL.fields, known: ALL }, places: {} });
  expect(writer.others).toMatchObject([
    { memory_cgroup: { path: '/shop.slice', limit_pages: null } },
    { memory_cgroup: { path: null, limit_pages: 8192 }, victim: { cgroup: null, container: null } },
  ]);
});

test('a container whose runtime no name tells', () => {
  tell({ ...FULL, places: { victim: `/kubepods/pod1/${ID_64}` } });
  expect(writer.others).toMatchObject([{ victim: { container: { id: ID_64, runtime: null } } }]);
});

test('one frame is one record; what was told before is not told again', () => {
  tell(FULL);
  stream.add(KIND.kill, killEvent(FULL), 0);
  expect(writer.others).toHaveLength(1);
  expect(row(1)).toMatchObject({ given: 1 });
});

test.each<[string, KillEvent['fields']]>([
  ['a time that no clock has', { boot_ns: BigInt(MAX_BOOT_NS) * 2n }],
  ['one who began after the end', { victim_start_ns: 12 * S }],
  ['nobody', { victim_pid: 0 }],
  ['pages that no machine has', { anon_pages: 2n ** 53n }],
  ['a score that no arithmetic gives', { score: -(2n ** 55n) }],
  ['a page of gigabytes', { page_size: 1 << 30 }],
])('%s is counted, not told', (_, wrong) => {
  tell({ ...FULL, fields: { ...FULL.fields, ...wrong } });
  stream.add(KIND.kill, killEvent(FULL).subarray(8), 1);
  expect(writer.others).toEqual([]);
  expect(row(2)).toMatchObject({ given: 0, discarded: { invalid_frame: 1, impossible: 1 } });
});

test('all zeros are nobody', () => {
  stream.add(KIND.kill, killEvent({ fields: {} }), 1);
  expect(writer.others).toEqual([]);
  expect(row(1)).toMatchObject({ given: 0, discarded: { impossible: 1 } });
});
