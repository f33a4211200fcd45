/**
 * A native reader that is late: before each of its polls it sleeps a random time, at most SLOW_READER_MS of the environment (40 by default);
 * with SLOW_READER_LEAST, at least that. `worker` of a ReaderTask, for tests of the order between readers.
 */
import { native, POLL_NOTIFY, POLL_STOPPED } from '../../../dist/native/index.js';
import { RING_HEADER_BYTES, WORD_STATE, WORD_WAITING } from '../../../dist/workers/ring-layout.js';

const most = Number(process.env.SLOW_READER_MS ?? 40);
const least = Number(process.env.SLOW_READER_LEAST ?? 0);
const pause = new Int32Array(new SharedArrayBuffer(4));

export default function read({ ring, worker: _, ...options }) {
  const words = new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);
  const { Reader } = native();
  const reader = new Reader({ ...options, ring: new Uint8Array(ring) });
  Atomics.notify(words, WORD_STATE);
  try {
    for (let told = 0; (told & POLL_STOPPED) === 0; ) {
      Atomics.wait(pause, 0, 0, least + Math.random() * (most - least));
      told = reader.poll();
      if (told & POLL_NOTIFY) Atomics.notify(words, WORD_WAITING);
    }
  } finally {
    reader.close();
  }
}
