import { assetsOf } from '../frames/asset.js';
import type { FrameView } from '../frames/frame-view.js';
import type { Asset } from '../ledger/generated/ledger.js';

/** Most of them in a ledger record (schemas/ledger.avsc). */
const MAX_ASSETS = 64;

/** What became of the object files: what ASSETS frames told, of each the last. */
export class ToldAssets {
  readonly #assets = new Map<string, Asset>();

  /** Takes in an ASSETS frame. Returns false when it cannot be one. */
  add(frame: FrameView): boolean {
    const told = assetsOf(frame);
    if (told === null || new Set([...this.#assets.keys(), ...told.map(({ asset }) => asset)]).size > MAX_ASSETS) {
      return false;
    }
    for (const each of told) this.#assets.set(each.asset, each);
    return true;
  }

  /** In the words of the ledger record, in the order in which they were told first. */
  get records(): Asset[] {
    return [...this.#assets.values()];
  }
}
