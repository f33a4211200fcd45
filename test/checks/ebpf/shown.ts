import { EBPF } from '../../../src/checks/ebpf/feature.js';
import { BUFFER_SOURCE, ENTRIES_BY, ENTRIES_REASON, KIND, REASON } from '../../../src/checks/ebpf/layout.gen.js';
import type { RecordSource, RecordType } from '../../../src/encoding/record-type.js';
import type { FeatureCheck } from '../../../src/pipeline/check.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import { Pipeline } from '../../../src/pipeline/pipeline.js';
import type { RecordPort, RecordWriter } from '../../../src/pipeline/record-writer.js';
import type { ReadingView } from '../../../src/table/reading-view.js';
import {
  type MapFields,
  mapFrame,
  type ProgramFields,
  programFrame,
  READ_NS,
  roundFrame,
} from '../../support/ebpf-frames.js';
import { FrameStream } from '../../support/frames.js';

const SECOND = 1_000_000_000;
const { answer } = EBPF.check as FeatureCheck;

/** Gives a view the records that a pipeline makes of rounds, as the command does. */
export class Shown {
  readonly #stream: FrameStream;
  #round = 0;

  constructor(view: ReadingView) {
    const writer: RecordWriter = {
      backlog: 0,
      ledger: () => {},
      push: () => {},
      port: <S extends RecordSource>(type: RecordType<S>): RecordPort<S> | null => {
        const take = view.take(type);
        if (take === null) return null;
        return {
          write: (source) => {
            take(source);
            if (type.name === answer!.type.name && answer!.ends(source)) view.ended();
          },
        };
      },
    };
    const features = [{ feature: EBPF as Feature, options: EBPF.options.parse({}) }];
    const clients = [{ name: 'shown', writer }];
    const pipeline = new Pipeline({ host: 'test', bootId: 'b', cpus: 4, features, clients });
    this.#stream = new FrameStream((view) => pipeline.push(view));
    this.#stream.clock(READ_NS, 1_700_000_000_000_000);
  }

  /** A round of these objects, a second after the one before. */
  round(programs: readonly ProgramFields[], maps: readonly MapFields[]): void {
    const round = ++this.#round;
    const bootNs = READ_NS + round * SECOND;
    for (const map of maps) this.#stream.add(KIND.map, mapFrame({ bootNs, ...map, round }), 1);
    for (const program of programs) this.#stream.add(KIND.program, programFrame({ bootNs, ...program, round }), 1);
    const counts = { maps: maps.length, programs: programs.length };
    this.#stream.add(KIND.round, roundFrame({ round, endedNs: bootNs, cpuNs: 14_000_000, ...counts }), 0);
  }

  /** A host with a few of everything, for so many further rounds. */
  host(rounds: number): void {
    for (let n = 0; n < rounds; n++) this.round(programs(this.#round + 1), MAPS);
  }
}

const AGENT = [{ pid: 812, name: 'agent' }];
const OURS = { ours: true, owners: [{ pid: 4001, name: 'node' }] };

/** Programs after so many seconds of work, of which every other one brings half as much again. */
function programs(n: number): ProgramFields[] {
  const runs = (perSecond: number, ns: number): Partial<ProgramFields> => ({
    runs: { timeNs: (n + (n >> 1)) * perSecond * ns, count: (n + (n >> 1)) * perSecond },
    statisticsSinceNs: READ_NS,
  });
  return [
    {
      id: 12,
      name: 'tcp_close',
      type: 'tracing',
      memlock: 4096,
      xlatedBytes: 1200,
      misses: 3 * n,
      ...OURS,
      ...runs(12_034, 442),
    },
    {
      id: 31,
      name: 'sched_wakeup_of_every_task',
      type: 'raw_tracepoint',
      memlock: 8192,
      xlatedBytes: 6100,
      misses: 0,
      owners: [...AGENT, { pid: 900, name: 'agent' }],
      ...runs(1_250_000, 210),
      attachments: [{ linkId: 4, type: 'raw_tracepoint', target: 'sched_wakeup' }],
      loadedNs: 9 * SECOND,
      uid: 0,
      jitedBytes: 3600,
      verified: 812,
      tag: [0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4],
    },
    { id: 7, name: '', type: 'cgroup_device', memlock: 4096, xlatedBytes: 440, owners: [], ...runs(0, 0) },
    {
      id: 8,
      name: 'pinned_one',
      type: 'xdp',
      xlatedBytes: 96,
      owners: [],
      paths: ['/sys/fs/bpf/edge/xdp'],
      ...runs(3, 90_000),
    },
    { id: 55, name: 'new_kind', type: 77, known: 0, reason: REASON.refused },
  ];
}

const MAPS: readonly MapFields[] = [
  {
    id: 3,
    name: 'flows',
    type: 'hash',
    keySize: 50,
    valueSize: 150,
    maxEntries: 1000,
    memlock: 301_000,
    owners: AGENT,
    entries: { count: 640, by: ENTRIES_BY.kernel_sum },
  },
  {
    id: 9,
    name: 'facts',
    type: 'ringbuf',
    keySize: 0,
    valueSize: 0,
    maxEntries: 1 << 22,
    memlock: 4_300_000,
    entriesReason: ENTRIES_REASON.not_countable,
    buffer: {
      source: BUFFER_SOURCE.iterator,
      rings: 1,
      bytes: 1 << 22,
      mapped: 4096 + (1 << 23),
      mappedConsumer: 4096,
      mappings: 2,
    },
    ...OURS,
  },
  {
    id: 10,
    name: 'settings',
    type: 'array',
    valueSize: 4,
    maxEntries: 16,
    memlock: 450,
    entries: { count: 16, by: ENTRIES_BY.size },
    ...OURS,
  },
  {
    id: 21,
    name: 'waiting',
    type: 'queue',
    keySize: 0,
    valueSize: 64,
    maxEntries: 128,
    owners: AGENT,
    reason: REASON.refused,
    entriesReason: ENTRIES_REASON.not_countable,
  },
  {
    id: 40,
    name: 'largest',
    type: 'lru_hash',
    keySize: 16,
    valueSize: 128,
    maxEntries: 1 << 20,
    owners: AGENT,
    entriesReason: ENTRIES_REASON.budget,
  },
];
