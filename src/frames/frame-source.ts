import type { FrameView } from './frame-view.js';

/** Where the pump takes frames from: one per reader. */
export interface FrameSource {
  /**
   * Hands at most `limit` frames to `emit`, oldest first, each as the same reused view, valid during the call.
   * @param admit is asked with each view before it is handed over: when it says no, the frame stays, and the drain ends
   * @returns how many; less than `limit` means that the source ran dry, or that its next frame was not admitted
   */
  drain(limit: number, emit: (frame: FrameView) => void, admit?: (frame: FrameView) => boolean): number;
  /**
   * Asks for one call of `wake` when there is something to drain. Asking again before that call changes nothing.
   * @returns false when there is something already; `wake` may then be called all the same
   */
  arm(wake: () => void): boolean;
  /** Gives up waiting; `wake` is not called any more. */
  disarm(): void;
}
