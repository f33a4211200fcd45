import type { FrameView } from '../../src/frames/frame-view.js';
import { ACCOUNT, CORE_KIND } from '../../src/frames/layout.gen.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { FrameStream } from '../support/frames.js';
import type { FeatureFrames } from './feature-frames.js';

const SECOND = 1_000_000_000;
/** struct ct_account: what comes before `lost`, in its order. */
const COLUMNS = ['attempted', 'emitted', 'pending', 'read', 'duplicate', 'enqueued', 'dropped'] as const;

/** Writes the frames of features as their sources and a tracer would, and accounts for each unit. */
export class FeatureSession {
  readonly stream: FrameStream;
  readonly #told = new Map<number, Record<(typeof COLUMNS)[number], number>>();
  readonly #lost = new Map<number, number>();
  #now = SECOND;

  constructor(emit?: (frame: FrameView) => void) {
    this.stream = new FrameStream(emit);
    this.stream.clock(this.#now);
  }

  get frames(): readonly FrameView[] {
    return this.stream.frames;
  }

  /** A frame that arrives. */
  give(feature: Feature, kind: number, payload: Uint8Array, fresh: number): FrameView {
    this.count(feature, fresh);
    return this.stream.add(kind, payload, fresh);
  }

  /** Units of frames that arrive in another way. */
  count(feature: Feature, units: number): void {
    const told = this.#row(feature);
    told.attempted += units;
    told.emitted += units;
    told.read += units;
    told.enqueued += units;
  }

  /** The same frame once more: its units are known. */
  repeat(feature: Feature, kind: number, payload: Uint8Array, units: number): void {
    const told = this.#row(feature);
    told.read += units;
    told.duplicate += units;
    this.stream.add(kind, payload, 0);
  }

  /** A frame that found no room in the shared ring: a gap. */
  drop(feature: Feature, units: number): void {
    const told = this.#row(feature);
    told.attempted += units;
    told.emitted += units;
    told.read += units;
    told.dropped += units;
    this.stream.skip();
  }

  /** Units that the kernel side lost, of each of the feature's causes. */
  lose(feature: Feature, units: number): void {
    this.#row(feature).attempted += units * feature.causes.length;
    this.#lost.set(feature.id, (this.#lost.get(feature.id) ?? 0) + units);
  }

  /** Ends an interval: accounts of these features, a clock, a flush. */
  flush(features: readonly Feature[], final = false): void {
    this.#now += SECOND;
    for (const feature of features) this.stream.add(CORE_KIND.account, this.#account(feature, final));
    this.stream.clock(this.#now);
    this.stream.flush(this.#now, { final });
  }

  /** Four intervals of these features, with losses, drops, repeated frames and gaps. */
  run(features: readonly { feature: Feature; frames: FeatureFrames }[]): this {
    const all = features.map(({ feature }) => feature);
    for (let n = 0; n < 48; n++) {
      for (const { feature, frames } of features) {
        for (const [i, kind] of frames.order.entries()) {
          const { payload, fresh } = frames.frame(kind, n);
          if ((n + i) % 7 === 3 && fresh > 0) this.drop(feature, fresh);
          else this.give(feature, kind, payload, fresh);
          if ((n + i) % 7 === 5) this.repeat(feature, kind, payload, fresh);
        }
        if (n % 12 === 5) this.lose(feature, 1 + n);
      }
      if (n % 12 === 11) this.flush(all, n === 47);
    }
    return this;
  }

  #row({ id }: Feature): Record<(typeof COLUMNS)[number], number> {
    const told = this.#told.get(id) ?? Object.assign({} as never, Object.fromEntries(COLUMNS.map((name) => [name, 0])));
    this.#told.set(id, told);
    return told;
  }

  #account(feature: Feature, final: boolean): Uint8Array {
    const bytes = new Uint8Array(ACCOUNT.size);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(ACCOUNT.boot_ns, BigInt(this.#now), true);
    view.setUint16(ACCOUNT.feature, feature.id, true);
    view.setUint16(ACCOUNT.sources, 1, true);
    view.setUint16(ACCOUNT.final, final ? 1 : 0, true);
    const told = this.#row(feature);
    for (const name of COLUMNS) view.setBigUint64(ACCOUNT[name], BigInt(told[name]), true);
    const lost = BigInt(this.#lost.get(feature.id) ?? 0);
    for (const place of feature.causes.keys()) view.setBigUint64(ACCOUNT.lost + 8 * place, lost, true);
    return bytes;
  }
}
