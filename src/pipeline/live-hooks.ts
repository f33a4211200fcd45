import type { FrameView } from '../frames/frame-view.js';
import { HOOK_STATE, HOOKS } from '../frames/layout.gen.js';
import type { LiveHooks as LiveHooksRecord } from '../ledger/generated/ledger.js';
import type { EnabledFeature } from './feature.js';
import { RUNGS } from './hooks.js';
import type { Proofs } from './proofs.js';

/** Most groups of all features: a frame of more is none. */
const MAX_GROUPS = 128;

/** Which hook groups were brought up, and by which way: what HOOKS frames told. A group that needs a proof is live from it on. */
export class LiveHooks {
  readonly #proofs: Proofs;
  /** Names by number. */
  readonly #names = new Map<number, { feature: string; group: string }>();
  readonly #brought = new Map<number, { rung: string; live: boolean }>();

  constructor(features: readonly EnabledFeature[], proofs: Proofs) {
    this.#proofs = proofs;
    for (const { feature } of features) {
      for (const { id, name } of feature.hooks) this.#names.set(id, { feature: feature.name, group: name });
    }
  }

  /** Takes in a HOOKS frame. Returns false when it cannot be one. Groups of features that do not run here are passed over. */
  add({ u8, u32, start, length }: FrameView): boolean {
    const groups = length / HOOKS.size;
    if (!Number.isInteger(groups) || groups > MAX_GROUPS) return false;
    // All or nothing: half a frame would name hooks that nobody brought up.
    for (let i = 0; i < groups; i++) if (RUNGS[u8[start + i * HOOKS.size + HOOKS.rung]!] === undefined) return false;
    for (let i = 0; i < groups; i++) {
      const at = start + i * HOOKS.size;
      const group = u32[(at + HOOKS.group) >>> 2]! & 0xffff;
      const rung = RUNGS[u8[at + HOOKS.rung]!]!;
      this.#brought.set(group, { rung, live: u8[at + HOOKS.state] === HOOK_STATE.live });
    }
    return true;
  }

  /** Those that are live now, in the words of the ledger record. */
  get records(): LiveHooksRecord[] {
    const records: LiveHooksRecord[] = [];
    for (const [group, { rung, live }] of this.#brought) {
      const names = this.#names.get(group);
      if (names !== undefined && (live || this.#proofs.proven(group))) records.push({ ...names, rung });
    }
    return records;
  }
}
