import type { FrameView } from './frame-view.js';

/** Where the pump takes frames from: one per reader. */
export interface FrameSource {
  /**
   * Hands at most `limit` frames to `emit`, oldest first, each as the same reused view, valid during the call.
   * @returns how many; less than `limit` means that the source ran dry
   */
  drain(limit: number, emit: (frame: FrameView) => void): number;
  /**
   * Asks for one call of `wake` when there is something to drain. Asking again before that call changes nothing.
   * @returns false when there is something already; `wake` may then be called all the same
   */
  arm(wake: () => void): boolean;
  /** Gives up waiting; `wake` is not called any more. */
  disarm(): void;
}
