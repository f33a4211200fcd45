/**
 * The task of one reader worker: blocks in native code, copies kernel data into its ring, wakes the pump. It ends when the ring's state
 * says so; the thread runs nothing else meanwhile.
 * @module
 */
import { native, POLL_NOTIFY, POLL_STOPPED, type ReaderOptions } from '../native/index.js';
import type { ReaderTask } from './reader-pool.js';
import { RING_HEADER_BYTES, WORD_STATE, WORD_WAITING } from './ring-layout.js';

/** What the pool hands over: the reader's options with the ring's memory, which cannot pass as a view. */
export type NativeReaderTask = ReaderTask & Omit<ReaderOptions, 'ring'>;

export default function read({ ring, worker: _, ...options }: NativeReaderTask): void {
  const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
  const { Reader } = native();
  const reader = new Reader({ ...options, ring: new Uint8Array(ring) });
  // The native side has set the state to running: its kernel buffers are open. Pairs with ReaderPool.started.
  Atomics.notify(words, WORD_STATE);
  try {
    for (let told = 0; (told & POLL_STOPPED) === 0; ) {
      told = reader.poll();
      // The native side has set the word to 0 already, so the pump's wait ends whether it began before or begins now.
      if (told & POLL_NOTIFY) Atomics.notify(words, WORD_WAITING);
    }
  } finally {
    reader.close();
  }
}
