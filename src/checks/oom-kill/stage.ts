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
    this.#source = { ...context.identity, ...view, seq: 0, wallOffsetUs: 0 };
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
    if (u64(u32, (start + OOM_KILL.boot_ns) >>> 2) >= MAX_BOOT_NS) {
      row.discard(IMPOSSIBLE, fresh);
      return;
    }
    const source = this.#source;
    source.u8 = u8;
    source.u32 = u32;
    source.base = start;
    source.wallOffsetUs = clock.wallOffsetUs;
    for (let slot = 0; slot < MAX_CLIENTS; slot++) this.#ports[slot]?.write(source, fresh);
  }
}
