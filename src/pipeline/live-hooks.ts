import type { FrameView } from '../frames/frame-view.js';
import { HOOK_STATE, HOOKS } from '../frames/layout.gen.js';
import type { LiveHooks as LiveHooksRecord, Silence } from '../ledger/generated/ledger.js';
import type { EnabledFeature } from './feature.js';
import { RUNGS } from './hooks.js';
import type { Proofs } from './proofs.js';
import type { StreamClock } from './stream-clock.js';

/** Most groups of all features: a frame of more is none. */
const MAX_GROUPS = 128;

/** A group as HOOKS frames told it. Times are of the boot clock, ns. */
interface Brought {
  rung: string;
  state: number;
  reattached: number;
  /** Of the silence that is told next; 0: none is. */
  sinceNs: number;
  /** Infinity: it is silent. */
  untilNs: number;
}

/**
 * Which hook groups were brought up, by which way, and which have gone silent: what HOOKS frames told. A group that needs a proof is live from
 * it on.
 */
export class LiveHooks {
  readonly #proofs: Proofs;
  /** Names by number. */
  readonly #names = new Map<number, { feature: string; group: string }>();
  readonly #brought = new Map<number, Brought>();

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
      this.#bring(u32[(at + HOOKS.group) >>> 2]! & 0xffff, {
        rung: RUNGS[u8[at + HOOKS.rung]!]!,
        state: u8[at + HOOKS.state]!,
        reattached: u32[(at + HOOKS.reattached) >>> 2]!,
      });
    }
    return true;
  }

  #bring(group: number, told: Pick<Brought, 'rung' | 'state' | 'reattached'>): void {
    const before = this.#brought.get(group);
    let { sinceNs, untilNs } = before ?? { sinceNs: 0, untilNs: 0 };
    const provenNs = this.#proofs.provenNs(group) ?? 0;
    if (told.state === HOOK_STATE.silent && before?.state !== HOOK_STATE.silent) {
      // One silence that follows another within one interval: both are told as one.
      if (sinceNs === 0) sinceNs = provenNs;
      untilNs = Number.POSITIVE_INFINITY;
    } else if (told.state !== HOOK_STATE.silent && before?.state === HOOK_STATE.silent) {
      untilNs = provenNs;
    }
    this.#brought.set(group, { ...told, sinceNs, untilNs });
  }

  /**
   * Those that are live now, or were and are silent, in the words of the ledger record that closes an interval. A silence that is over is told
   * once.
   */
  close(clock: StreamClock): LiveHooksRecord[] {
    const records: LiveHooksRecord[] = [];
    for (const [group, brought] of this.#brought) {
      const names = this.#names.get(group);
      const { rung, state, reattached } = brought;
      const silent = state === HOOK_STATE.silent;
      if (names === undefined || !(silent || state === HOOK_STATE.live || this.#proofs.proven(group))) continue;
      const silence = silenceOf(brought, clock);
      records.push({ ...names, rung, state: silent ? 'silent' : 'live', reattached, silence });
      if (!silent) brought.sinceNs = 0;
    }
    return records;
  }
}

function silenceOf({ sinceNs, untilNs }: Brought, clock: StreamClock): Silence | null {
  if (sinceNs === 0) return null;
  return { since: clock.utcUs(sinceNs), until: Number.isFinite(untilNs) ? clock.utcUs(untilNs) : null };
}
