import { MAX_BOOT_NS } from '../../frames/bounds.js';
import type { FrameView } from '../../frames/frame-view.js';
import { u64 } from '../../frames/words.js';
import { MAX_CLIENTS } from '../../pipeline/client.js';
import type { ClientPorts } from '../../pipeline/client-ports.js';
import type { RecordPort } from '../../pipeline/record-writer.js';
import type { Stage, StageContext } from '../../pipeline/stage.js';
import { OOM_KILL as OOM_KILL_RECORD } from './generated/oom-kill-type.js';
import { KIND, OOM_KILL } from './layout.gen.js';
import type { OomKillSource } from './oom-kill-source.js';
import { placeAt } from './place.js';

/** Why a kill is not told, in the order of Row.discarded. */
export const DISCARDS = ['invalid_frame', 'impossible'] as const;
const IMPOSSIBLE = 1;

/** One record for each kill. */
export class OomKillStage implements Stage {
  readonly #context: StageContext;
  /** By client slot. */
  readonly #ports: (RecordPort<OomKillSource> | undefined)[] = new Array(MAX_CLIENTS).fill(undefined);
  readonly #source: OomKillSource;
  readonly inputs: Stage['inputs'];
  readonly joins = [];
  readonly statistics = {};

  constructor(context: StageContext) {
    this.#context = context;
    const memory = new ArrayBuffer(0);
    const view = { u8: new Uint8Array(memory), u32: new Uint32Array(memory), base: 0 };
    this.#source = { ...context.identity, ...view, seq: 0, wallOffsetUs: 0, victim: null, trigger: null, memory: null };
    this.inputs = [[KIND.kill, { next: (frame) => this.#tell(frame) }]];
  }

  attach(slot: number, ports: ClientPorts): void {
    this.#ports[slot] = ports.port(OOM_KILL_RECORD);
  }

  detach(slot: number): void {
    this.#ports[slot] = undefined;
  }

  clock(): void {}
  flush(): void {}
  close(): void {}

  #tell({ u8, u32, start, fresh }: FrameView): void {
    // What was told before: a record stands for one kill, whatever its frame brought.
    if (fresh === 0) return;
    const { clock, row } = this.#context;
    if (!isPossible(u32, start)) {
      row.discard(IMPOSSIBLE, fresh);
      return;
    }
    const source = this.#source;
    source.u8 = u8;
    source.u32 = u32;
    source.base = start;
    source.wallOffsetUs = clock.wallOffsetUs;
    source.victim = placeAt(u8, start + OOM_KILL.victim_path_id);
    source.trigger = placeAt(u8, start + OOM_KILL.trigger_path_id);
    source.memory = placeAt(u8, start + OOM_KILL.memory_path_id);
    for (let slot = 0; slot < MAX_CLIENTS; slot++) this.#ports[slot]?.write(source, fresh);
  }
}

/** u64 of the struct that are pages. */
const PAGES = [
  OOM_KILL.total_pages,
  OOM_KILL.anon_pages,
  OOM_KILL.file_pages,
  OOM_KILL.shmem_pages,
  OOM_KILL.limit_pages,
] as const;
/** No kernel has larger ones. */
const MAX_PAGE_SIZE = 1 << 20;

/** Nobody is killed who never began, pid 0 is nobody, and numbers are below 2^53. */
function isPossible(u32: Uint32Array, start: number): boolean {
  const wide = (offset: number): number => u64(u32, (start + offset) >>> 2);
  const word = (offset: number): number => u32[(start + offset) >>> 2]!;
  const bootNs = wide(OOM_KILL.boot_ns);
  // Of a negative number all upper bits are set.
  const scoreUpper = word(OOM_KILL.score + 4) | 0;
  return (
    bootNs < MAX_BOOT_NS &&
    wide(OOM_KILL.victim_start_ns) <= bootNs &&
    word(OOM_KILL.victim_pid) !== 0 &&
    PAGES.every((offset) => wide(offset) <= Number.MAX_SAFE_INTEGER) &&
    scoreUpper >= -(2 ** 21) &&
    scoreUpper < 2 ** 21 &&
    word(OOM_KILL.page_size) <= MAX_PAGE_SIZE
  );
}
