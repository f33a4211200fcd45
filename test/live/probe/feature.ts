/** The feature of probe.bpf.c: facts by cookie, and a join of them onto connections. Bounded; what has no room replaces the eldest. */
import { z } from 'zod';
import { NO_SLICE } from '../../../src/encoding/fragments.js';
import type { FrameView } from '../../../src/frames/frame-view.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import type { Join, JoinColumn } from '../../../src/pipeline/join.js';
import type { Stage, StageContext } from '../../../src/pipeline/stage.js';

export const PROBE_ID = 0x7e;
export const FACT = (PROBE_ID << 8) | 1;
/** struct ct_probe_fact: the event's head, cookie and value. */
const FACT_BYTES = 24;
export const COOKIE = 8;
const VALUE = 16;
const FACTS = 1 << 17;
const FACTOR = 2654435761;

/** What the fact of a cookie says; never 0, since cookies count from 1. */
export function valueOfCookie(cookie: number): number {
  return Math.imul(cookie, FACTOR) >>> 0;
}

class ProbeStage implements Stage {
  readonly #row: StageContext['row'];
  readonly #values = new Map<number, number>();
  /** Those of `#values`, in the order in which they came, from `#eldest` on. */
  readonly #cookies = new Uint32Array(FACTS);
  #eldest = 0;
  readonly inputs: Stage['inputs'] = [[FACT, { next: (frame) => this.#note(frame) }]];
  readonly joins: readonly Join[] = [
    {
      record: 'connection',
      field: 'probe',
      fragments: { avro: () => NO_SLICE, json: () => NO_SLICE },
      resolve: (_, u32, base, stride, count, into) => this.#resolve(u32, base, stride, count, into),
    },
  ];

  constructor({ row }: StageContext) {
    this.#row = row;
  }

  get statistics() {
    return { facts: this.#values.size };
  }

  attach(): void {}
  detach(): void {}
  clock(): void {}
  flush(): void {}
  close(): void {}

  #note({ u32, start, fresh }: FrameView): void {
    const cookie = u32[(start + COOKIE) >>> 2]!;
    if (!this.#values.has(cookie)) {
      // Not the map's own order: to find its eldest key takes it over all that were deleted before.
      if (this.#values.size === FACTS) this.#values.delete(this.#cookies[this.#eldest]!);
      this.#cookies[this.#eldest] = cookie;
      this.#eldest = (this.#eldest + 1) % FACTS;
    }
    this.#values.set(cookie, u32[(start + VALUE) >>> 2]!);
    // No record is made of it.
    this.#row.merged += fresh;
  }

  #resolve(u32: Uint32Array, base: number, stride: number, count: number, { handles }: JoinColumn): void {
    for (let i = 0; i < count; i++) handles[i] = this.#values.get(u32[(base + i * stride) >>> 2]!) ?? 0;
  }
}

export const PROBE: Feature<{ copies: number }> = {
  name: 'probe',
  id: PROBE_ID,
  title: 'facts of a test',
  unit: 'facts',
  layout: 'test',
  kinds: [{ kind: FACT, name: 'fact', least: FACT_BYTES, most: FACT_BYTES, units: 1 }],
  causes: ['buffer_full'],
  notes: [],
  discards: ['invalid_frame'],
  records: [],
  hooks: [
    {
      name: 'state',
      id: FACT,
      gives: 'a fact of each socket',
      required: true,
      rungs: [{ rung: 'tp_btf', objects: [{ object: 'probe' }], needs: [] }],
      proof: 'none',
    },
  ],
  byDefault: false,
  options: z.strictObject({ copies: z.int().default(1) }),
  after: [],
  stage: (context) => new ProbeStage(context),
  live: async () => ({
    settings: ({ copies }) => [{ name: '', maps: {}, knobs: { ct_probe_copies: copies }, asks: new Set() }],
    sources: (loaded) => [
      { type: 'ring', ring: 'facts', map: loaded.map('facts'), counters: loaded.map('probe_counters') },
    ],
  }),
};
