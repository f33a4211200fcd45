import type { NativeBpf } from '../../../native/index.js';
import type { FactPort } from '../../../workers/fact-port.js';
import { KIND, LOST, ROUND } from '../layout.gen.js';
import type { Buffers } from './buffers.js';
import { type EntryCountFacts, notCounted } from './entry-count.js';
import type { EntryCounting } from './entry-counting.js';
import { FrameWriter } from './frame-writer.js';
import { list } from './listing.js';
import { type MapFacts, mapOf } from './map-facts.js';
import { MapFrame } from './map-frame.js';
import type { ObjectFacts } from './object-frame.js';
import { opened } from './opened.js';
import { numberIn, readProc } from './proc-files.js';
import type { ProgramConstants } from './program-constants.js';
import type { ProgramFacts } from './program-facts.js';
import { ProgramFrame } from './program-frame.js';
import type { Reader, Reading } from './reading.js';
import type { StatisticsSwitch } from './statistics-switch.js';

/** What rounds need of their surroundings. */
export interface RoundTools {
  readonly bpf: NativeBpf;
  readonly port: FactPort;
  readonly reader: Reader;
  readonly counting: EntryCounting;
  readonly statistics: StatisticsSwitch;
  readonly constants: ProgramConstants;
  readonly pageSize: number;
  /** CPU time for counting in one round, ns; 0: nothing is counted. */
  readonly countingNs: number;
  /** Ids of this tracer's own. */
  readonly ours: { readonly maps: ReadonlySet<number>; readonly programs: ReadonlySet<number> };
}

type Lost = keyof typeof LOST;
type Reason = ObjectFacts['reason'];

/** Reads every map and program, and writes a frame for each; then one that ends the round. */
export class Rounds {
  readonly #tools: RoundTools;
  readonly #mapFrame: MapFrame;
  readonly #programFrame: ProgramFrame;
  readonly #roundFrame = new FrameWriter(ROUND.size);
  #round = 0;

  constructor(tools: RoundTools) {
    this.#tools = tools;
    this.#mapFrame = new MapFrame(tools.pageSize);
    this.#programFrame = new ProgramFrame(tools.pageSize);
  }

  run(): void {
    const { bpf, port, reader, counting } = this.#tools;
    const begunNs = port.bootNs;
    const begunCpu = bpf.threadCpuNs();
    this.#round++;
    const reading = reader.read();
    const gone = counting.release((map) => (reading.maps === null ? null : (reading.maps.get(map)?.references ?? 0)));
    const maps = list(bpf, 'map', reading.maps, gone);
    const programs = list(bpf, 'program', reading.programs, counting.programs);
    const countingNs = this.#tellMaps(maps.ids, reading);
    for (const id of programs.ids) this.#tellProgram(id, reading);
    this.#tools.constants.keep(new Set(programs.ids));
    this.#end({ begunNs, begunCpu, countingNs, maps: maps.ids.length, programs: programs.ids.length });
  }

  #tellMaps(ids: readonly number[], reading: Reading): number {
    const { counting, countingNs, reader, bpf } = this.#tools;
    const maps = new Map<number, MapFacts>();
    const reasons = new Map<number, { reason: Reason; memlock: number | null }>();
    for (const id of ids) {
      const row = reading.maps?.get(id);
      const open = opened(bpf, 'map', id, (fd) => mapInfo(bpf, fd));
      if ('info' in open) {
        maps.set(id, mapOf(open.info.info, row, open.info.frozen));
        reasons.set(id, { reason: 'none', memlock: open.info.memlock });
      } else if (open.reason !== 'vanished' && row !== undefined) {
        maps.set(id, row);
        reasons.set(id, { reason: open.reason, memlock: null });
      } else {
        this.#lose(open.reason);
      }
    }
    const counts = new Map<number, EntryCountFacts>();
    const open = new Map<number, MapFacts>();
    for (const [id, facts] of maps) {
      const known = counting.known(facts, countingNs > 0);
      if (known !== null) counts.set(id, known);
      else if (reasons.get(id)!.reason === 'none') open.set(id, facts);
      else counts.set(id, notCounted('refused'));
    }
    const { of, tookNs } = counting.round(this.#round, open, countingNs);
    const buffers = reader.buffers(maps, reading.holders);
    for (const [id, facts] of maps) this.#tellMap(facts, counts.get(id) ?? of(id), buffers, reasons.get(id)!, reading);
    return tookNs;
  }

  #tellMap(
    facts: MapFacts,
    count: EntryCountFacts,
    buffers: Buffers,
    { reason, memlock }: { reason: Reason; memlock: number | null },
    { owners, pinned }: Reading,
  ): void {
    const { port, ours } = this.#tools;
    const payload = this.#mapFrame.write(this.#round, {
      ...facts,
      readNs: port.bootNs,
      memlock,
      owners: owners.complete ? owners.ofMap(facts.id) : null,
      pinned: pinned.complete ? (pinned.maps.get(facts.id) ?? []) : null,
      ours: ours.maps.has(facts.id),
      reason,
      count,
      buffer: buffers.of(facts),
    });
    port.write(KIND.map, payload);
  }

  #tellProgram(id: number, { programs, owners, pinned, attachments }: Reading): void {
    const { bpf, port, ours, statistics, constants } = this.#tools;
    const row = programs?.get(id);
    const open = opened(bpf, 'program', id, (fd) => {
      const info = bpf.programInfo(fd);
      return typeof info === 'number' ? info : { info, memlock: constants.memlock(id, fd) };
    });
    let facts: ProgramFacts;
    let memlock: number | null = null;
    let reason: Reason = 'none';
    let readNs = port.bootNs;
    if ('info' in open) {
      facts = constants.of(open.info.info, row);
      memlock = open.info.memlock;
    } else if (open.reason !== 'vanished' && row !== undefined) {
      facts = row;
      reason = open.reason;
      readNs = port.bootNs;
    } else {
      this.#lose(open.reason);
      return;
    }
    const places = attachments.of(id);
    const payload = this.#programFrame.write(this.#round, {
      ...facts,
      readNs,
      memlock,
      owners: owners.complete ? owners.ofProgram(id) : null,
      pinned: pinned.complete ? (pinned.programs.get(id) ?? []) : null,
      ours: ours.programs.has(id),
      reason,
      attachments: attachments.complete
        ? places.map((place) => (place.target === '' ? { ...place, target: facts.function } : place))
        : null,
      statisticsSinceNs: statistics.sinceNs,
    });
    port.write(KIND.program, payload);
  }

  #lose(reason: Reason | 'vanished'): void {
    const cause: Lost = reason === 'vanished' ? 'vanished' : 'unreadable';
    this.#tools.port.lose(LOST[cause], 1);
  }

  #end(told: { begunNs: bigint; begunCpu: number; countingNs: number; maps: number; programs: number }): void {
    const { bpf, port, statistics } = this.#tools;
    const frame = this.#roundFrame;
    frame.wide(ROUND.began_ns, told.begunNs);
    frame.wide(ROUND.ended_ns, port.bootNs);
    frame.wide(ROUND.statistics_since_ns, statistics.sinceNs);
    frame.long(ROUND.cpu_ns, bpf.threadCpuNs() - told.begunCpu);
    frame.long(ROUND.counting_ns, told.countingNs);
    frame.word(ROUND.round, this.#round);
    frame.word(ROUND.maps, told.maps);
    frame.word(ROUND.programs, told.programs);
    port.write(KIND.round, frame.bytes, 0);
  }
}

/** What bpf(2) tells of a map, with what only fdinfo has; an errno where it tells nothing. */
function mapInfo(bpf: NativeBpf, descriptor: number) {
  const info = bpf.mapInfo(descriptor);
  if (typeof info === 'number') return info;
  const text = readProc(`self/fdinfo/${descriptor}`);
  const frozen = numberIn(text, 'frozen');
  return { info, memlock: numberIn(text, 'memlock'), frozen: frozen === null ? null : frozen !== 0 };
}
