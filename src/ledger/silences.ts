import type { Ledger, LiveHooks } from './generated/ledger.js';

/** Most that are kept: a file may hold any number of ledger records with any names. */
const MOST = 64;

/** A hook group that was silent for a time, by what ledger records tell. */
export interface GroupSilence {
  readonly feature: string;
  readonly group: string;
  /** UTC, µs: from the first one on. */
  readonly since: number;
  /** UTC, µs: the end of the last one; null: it was silent to the end. */
  readonly until: number | null;
}

/** The hook groups that the ledger records of one output call silent, each from its first silence to its last. */
export class Silences {
  readonly #byName = new Map<string, GroupSilence>();

  add({ hooks }: Pick<Ledger, 'hooks'>): void {
    for (const { feature, group, silence } of hooks) {
      if (silence === null) continue;
      const name = `${feature}/${group}`;
      const before = this.#byName.get(name);
      if (before === undefined && this.#byName.size === MOST) continue;
      const since = Math.min(silence.since, before?.since ?? Number.POSITIVE_INFINITY);
      this.#byName.set(name, { feature, group, since, until: silence.until });
    }
  }

  get all(): readonly GroupSilence[] {
    return [...this.#byName.values()];
  }
}

/** Whether what is told of a group goes together: who is silent has no end of it yet, and an end lies behind its beginning. */
export function isSilenceSound({ state, silence }: Pick<LiveHooks, 'state' | 'silence'>): boolean {
  if (silence === null || silence.until === null) return (state === 'silent') === (silence !== null);
  return state === 'live' && silence.until > silence.since;
}
