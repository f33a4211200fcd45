/**
 * The worker that reads every map and program of the host, and tells what it finds.
 * @module
 */
import { addon } from '../../../kernel/addon.js';
import type { NativeBpf } from '../../../native/index.js';
import type { FactPort } from '../../../workers/fact-port.js';
import type { PolledSource, SourceSurroundings } from '../../../workers/source-loop.js';
import { EBPF_PROGRAM } from '../generated/ebpf-program-type.js';
import type { EbpfOptions } from '../options.js';
import { EntryCounting } from './entry-counting.js';
import { numberIn, readProc } from './proc-files.js';
import { ProgramConstants } from './program-constants.js';
import { type Iterators, Reader } from './reading.js';
import { Rounds, type RoundTools } from './round.js';
import { StatisticsSwitch } from './statistics-switch.js';

const MS = 1_000_000n;

/** A round at once, and then one every interval; statistics as soon as somebody takes records of programs. */
export default function open(
  port: FactPort,
  { interval, counting: countingMs }: EbpfOptions,
  { handles, own, isTaken }: SourceSurroundings,
): PolledSource {
  const { bpf } = addon();
  const { maps = -1, programs = -1, links = -1, holders = -1, mappings = -1, mappingsProgram = -1 } = handles;
  const iterators: Iterators = { maps, programs, links, holders, mappings, mappingsProgram };
  const { pageSize } = bpf;
  const statistics = new StatisticsSwitch(bpf);
  const counting = new EntryCounting(bpf, () => port.bootNs);
  const rounds = new Rounds({
    bpf,
    port,
    reader: new Reader(bpf, iterators, pageSize),
    counting,
    statistics,
    constants: new ProgramConstants(bpf),
    pageSize,
    countingNs: countingMs * 1e6,
    ours: ownIds(bpf, own),
  });
  let dueNs = 0n;
  return {
    poll() {
      const now = port.bootNs;
      statistics.set(isTaken(EBPF_PROGRAM.name), now);
      if (now < dueNs) return;
      rounds.run();
      // From plan to plan, so that rounds keep their distance; one that took longer than that is not made up for.
      dueNs = dueNs + BigInt(interval) * MS > now ? dueNs + BigInt(interval) * MS : now + BigInt(interval) * MS;
    },
    close() {
      statistics.close();
      counting.close();
    },
  };
}

/** Ids of what a tracer has as these descriptors, and of the maps that only its programs keep: constants and variables. */
function ownIds(bpf: Pick<NativeBpf, 'mapsOf'>, own: readonly number[]): RoundTools['ours'] {
  const maps = new Set<number>();
  const programs = new Set<number>();
  for (const descriptor of own) {
    const told = readProc(`self/fdinfo/${descriptor}`);
    const map = numberIn(told, 'map_id');
    const program = numberIn(told, 'prog_id');
    if (map !== null) maps.add(map);
    if (program === null) continue;
    programs.add(program);
    for (const id of bpf.mapsOf(descriptor)) maps.add(id);
  }
  return { maps, programs };
}
