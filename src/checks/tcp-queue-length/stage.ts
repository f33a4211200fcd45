import { containerOf } from '../../cgroups/container.js';
import { readCgroupPath } from '../../cgroups/path.js';
import { safeText } from '../../encoding/safe-text.js';
import { MAX_BOOT_NS } from '../../frames/bounds.js';
import type { FrameView } from '../../frames/frame-view.js';
import { u64 } from '../../frames/words.js';
import { MAX_CLIENTS } from '../../pipeline/client.js';
import type { ClientPorts } from '../../pipeline/client-ports.js';
import type { RecordPort } from '../../pipeline/record-writer.js';
import type { Stage, StageContext } from '../../pipeline/stage.js';
import { TCP_QUEUE as TCP_QUEUE_RECORD } from './generated/tcp-queue-type.js';
import { KIND, TCP_QUEUE } from './layout.gen.js';
import type { TcpQueueSource } from './tcp-queue-source.js';

/** Why samples are not told, in the order of Row.discarded. */
export const DISCARDS = ['invalid_frame', 'impossible'] as const;
const IMPOSSIBLE = 1;

/** Times of the boot clock in a frame. */
const TIMES = [
  TCP_QUEUE.begin_ns,
  TCP_QUEUE.end_ns,
  TCP_QUEUE.peaks_receive_boot_ns,
  TCP_QUEUE.peaks_send_boot_ns,
  TCP_QUEUE.peaks_accept_boot_ns,
];
const SAMPLES = [TCP_QUEUE.peaks_receive_samples, TCP_QUEUE.peaks_send_samples, TCP_QUEUE.peaks_accept_samples];

/** One record for each cgroup and interval. */
export class TcpQueueStage implements Stage {
  readonly #context: StageContext;
  /** By client slot. */
  readonly #ports: (RecordPort<TcpQueueSource> | undefined)[] = new Array(MAX_CLIENTS).fill(undefined);
  readonly #source: TcpQueueSource;
  readonly inputs: Stage['inputs'] = [[KIND.queue, { next: (frame) => this.#tell(frame) }]];
  readonly joins = [];
  readonly statistics = {};

  constructor(context: StageContext) {
    this.#context = context;
    const memory = new ArrayBuffer(0);
    const view = { u8: new Uint8Array(memory), u32: new Uint32Array(memory), base: 0 };
    const cgroup = { path: null, container: null, runtime: null };
    this.#source = { ...context.identity, ...view, ...cgroup, seq: 0, wallOffsetUs: 0, samples: 0 };
  }

  attach(slot: number, ports: ClientPorts): void {
    this.#ports[slot] = ports.port(TCP_QUEUE_RECORD);
  }

  detach(slot: number): void {
    this.#ports[slot] = undefined;
  }

  clock(): void {}
  flush(): void {}
  close(): void {}

  #tell({ u8, u32, start, fresh }: FrameView): void {
    // What was told before: a record stands for its samples, whatever its frame brought.
    if (fresh === 0) return;
    const { clock, row } = this.#context;
    if (!isPossible(u32, start, fresh)) {
      row.discard(IMPOSSIBLE, fresh);
      return;
    }
    const source = this.#source;
    source.u8 = u8;
    source.u32 = u32;
    source.base = start;
    source.wallOffsetUs = clock.wallOffsetUs;
    source.samples = fresh;
    this.#name(u8, start + TCP_QUEUE.path_id);
    for (let slot = 0; slot < MAX_CLIENTS; slot++) this.#ports[slot]?.write(source, fresh);
  }

  #name(u8: Uint8Array, at: number): void {
    const source = this.#source;
    const path = readCgroupPath(u8, at);
    const container = path === null ? null : containerOf(path.names);
    source.path = path?.text ?? null;
    source.container = container === null ? null : safeText(Uint8Array.from(container.id, (c) => c.charCodeAt(0)));
    source.runtime = container?.runtime ?? null;
  }
}

/** Whether a frame agrees with itself: times that can be, and as many samples as it stands for. */
function isPossible(u32: Uint32Array, start: number, fresh: number): boolean {
  for (const time of TIMES) if (u64(u32, (start + time) >>> 2) >= MAX_BOOT_NS) return false;
  let samples = 0;
  for (const place of SAMPLES) samples += u64(u32, (start + place) >>> 2);
  return samples === fresh;
}
