import { MAX_BOOT_NS, MAX_WALL_OFFSET_US } from '../frames/bounds.js';
import type { FrameView } from '../frames/frame-view.js';
import { CLOCK } from '../frames/layout.gen.js';
import { s64, u64 } from '../frames/words.js';

/** A step of the wall clock that is believed; smaller ones are two readers reading at different instants. */
const WALL_STEP_US = 500;

/** The only clock there is for the pipeline and its features: moved by CLOCK frames, so that a replay sees the same times. */
export class StreamClock {
  /** Latest time of the boot clock that a frame told, ns. It never goes back. */
  nowNs = 0;
  /** CLOCK_REALTIME − CLOCK_BOOTTIME, µs. */
  wallOffsetUs = 0;
  /** Whether a clock frame was seen. */
  known = false;

  /** Takes in a CLOCK frame. Returns false when its times cannot be. */
  take({ u32, start }: FrameView): boolean {
    const bootNs = u64(u32, (start + CLOCK.boot_ns) >>> 2);
    const offsetUs = s64(u32, (start + CLOCK.wall_offset_us) >>> 2);
    if (bootNs >= MAX_BOOT_NS || Math.abs(offsetUs) > MAX_WALL_OFFSET_US) return false;
    if (!this.known || Math.abs(offsetUs - this.wallOffsetUs) > WALL_STEP_US) this.wallOffsetUs = offsetUs;
    // Readers' clock frames may overtake each other by their rings.
    this.nowNs = Math.max(this.nowNs, bootNs);
    this.known = true;
    return true;
  }

  /** UTC of a time of the boot clock, whole µs. */
  utcUs(bootNs: number): number {
    return Math.floor(bootNs / 1000) + this.wallOffsetUs;
  }
}
