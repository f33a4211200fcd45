/** A source in TypeScript: it tells the numbers that its options hold in shared memory, as they become more. */
import type { FactPort } from '../../src/workers/fact-port.js';
import type { PolledSource, SourceSurroundings } from '../../src/workers/source-loop.js';

export interface PolledOptions {
  /**
   * Int32: [0] how many numbers there are, [1] how often it polled, [2] whether it was closed, [3] what it does beside: DOES, [4] the handle `objects`
   * it was given, [5] whether records `name` were taken at its last poll.
   */
  words: SharedArrayBuffer;
  kind: number;
}

export const DOES = { nothing: 0, throws: 1, hangs: 2, loses: 3 } as const;

export default async function open(
  port: FactPort,
  { words, kind }: PolledOptions,
  { handles, isTaken }: SourceSurroundings,
): Promise<PolledSource> {
  const shared = new Int32Array(words);
  Atomics.store(shared, 4, handles.objects ?? 0);
  let told = 0;
  return {
    async poll() {
      Atomics.store(shared, 5, isTaken('name') ? 1 : 0);
      Atomics.add(shared, 1, 1);
      Atomics.notify(shared, 1);
      const does = Atomics.load(shared, 3);
      if (does === DOES.throws) throw new Error('it has gone');
      if (does === DOES.hangs) await new Promise(() => setInterval(() => {}, 1000));
      if (does === DOES.loses && told === 0) {
        port.lose(1, 5);
        port.note(2);
      }
      for (const number = new Uint32Array(2); told < Atomics.load(shared, 0); ) {
        number[0] = ++told;
        port.write(kind, new Uint8Array(number.buffer));
      }
    },
    close() {
      Atomics.store(shared, 2, 1);
    },
  };
}
