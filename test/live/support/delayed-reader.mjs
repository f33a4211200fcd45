/**
 * A native reader behind a line of delay: each of its frames comes to the ring DELAYED_READER_MS of the environment after it was read, 200 by
 * default, or a little later. `worker` of a ReaderTask, for tests of the order between readers.
 */
import { FRAME } from '../../../dist/frames/layout.gen.js';
import { u64 } from '../../../dist/frames/words.js';
import { native, POLL_STOPPED } from '../../../dist/native/index.js';
import { RingConsumer } from '../../../dist/workers/ring-consumer.js';
import {
  createRing,
  RING_HEADER_BYTES,
  RING_STATE,
  WORD_STATE,
  WORD_WAITING,
} from '../../../dist/workers/ring-layout.js';
import { RingProducer } from '../../../dist/workers/ring-producer.js';

const NS_PER_MS = 1e6;
const LINE_BYTES = 1 << 24;
/** Of the last ones, between two looks. */
const LOOK_MS = 5;
const delayNs = Number(process.env.DELAYED_READER_MS ?? 200) * NS_PER_MS;
const pause = new Int32Array(new SharedArrayBuffer(4));

const wordsOf = (ring) => new Int32Array(ring, 0, RING_HEADER_BYTES >>> 2);

export default function read({ ring, worker: _, ...options }) {
  const { Reader, bootNs } = native();
  const line = createRing(LINE_BYTES);
  const [outer, inner] = [wordsOf(ring), wordsOf(line)];
  const reader = new Reader({ ...options, ring: new Uint8Array(line) });
  const consumer = new RingConsumer(line);
  const producer = new RingProducer(ring, options.source, 'block');
  Atomics.notify(outer, WORD_STATE);

  const bootWord = ({ start }) => (start - FRAME.size + FRAME.boot_ns) >>> 2;
  let now = 0;
  const isDue = (frame) => u64(frame.u32, bootWord(frame)) + delayNs <= now;
  const pass = (frame) => {
    const { kind, fresh, u8, u32, start, length } = frame;
    [producer.bootLow, producer.bootHigh] = u32.subarray(bootWord(frame), bootWord(frame) + 2);
    producer.write(kind, u8.subarray(start, start + length), fresh);
  };
  const move = () => {
    now = Number(bootNs());
    consumer.drain(Number.POSITIVE_INFINITY, pass, isDue);
  };
  try {
    for (let told = 0; (told & POLL_STOPPED) === 0; ) {
      const state = Atomics.load(outer, WORD_STATE);
      if (state >= RING_STATE.stopping) Atomics.store(inner, WORD_STATE, state);
      // So that a poll ends with the first frame that comes.
      Atomics.store(inner, WORD_WAITING, 1);
      told = reader.poll();
      move();
    }
    while (consumer.used > 0) {
      Atomics.wait(pause, 0, 0, LOOK_MS);
      move();
    }
  } finally {
    reader.close();
    producer.end();
  }
}
