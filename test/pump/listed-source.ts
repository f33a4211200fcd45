import type { FrameSource } from '../../src/frames/frame-source.js';
import type { FrameView } from '../../src/frames/frame-view.js';
import { CORE_KIND, FRAME, MARK } from '../../src/frames/layout.gen.js';

const NS_PER_MS = 1_000_000n;

export interface ListedFrame {
  kind: number;
  /** When it was read, on the boot clock, ms. */
  readMs: number;
  fresh?: number;
  /** Of a mark: up to when it vouches, ms. */
  markMs?: number;
}

/** A mark of this time, which was written at that time. */
export function mark(markMs: number, readMs = markMs): ListedFrame {
  return { kind: CORE_KIND.mark, readMs, markMs };
}

/** Hands out frames from a list, as a ring does; frames are added at any time. */
export class ListedSource implements FrameSource {
  readonly #frames: ListedFrame[] = [];
  readonly #u32 = new Uint32Array(16);
  readonly #view: FrameView;
  #wake: (() => void) | undefined;
  #seq = 0;
  /** How often it was asked for frames. */
  asked = 0;

  constructor(source: number) {
    const u8 = new Uint8Array(this.#u32.buffer);
    this.#view = { kind: 0, source, seq: 0, fresh: 0, u8, u32: this.#u32, start: FRAME.size, length: MARK.size };
  }

  add(...frames: readonly ListedFrame[]): void {
    this.#frames.push(...frames);
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  drain(limit: number, emit: (frame: FrameView) => void, admit?: (frame: FrameView) => boolean): number {
    this.asked++;
    for (let took = 0; took < limit; took++) {
      const next = this.#frames[0];
      if (next === undefined) return took;
      this.#fill(next);
      if (admit?.(this.#view) === false) return took;
      this.#frames.shift();
      this.#seq++;
      emit(this.#view);
    }
    return limit;
  }

  arm(wake: () => void): boolean {
    this.#wake = wake;
    return this.#frames.length === 0;
  }

  disarm(): void {
    this.#wake = undefined;
  }

  #fill({ kind, readMs, fresh = 0, markMs = 0 }: ListedFrame): void {
    const data = new DataView(this.#u32.buffer);
    data.setBigUint64(FRAME.boot_ns, BigInt(Math.round(readMs * 1000)) * (NS_PER_MS / 1000n), true);
    const vouched = markMs === Number.POSITIVE_INFINITY ? 2n ** 64n - 1n : BigInt(markMs) * NS_PER_MS;
    data.setBigUint64(FRAME.size + MARK.boot_ns, vouched, true);
    Object.assign(this.#view, { kind, fresh, seq: this.#seq });
  }
}
