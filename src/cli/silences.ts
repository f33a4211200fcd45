import type { Ledger } from '../ledger/generated/ledger.js';

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

/** `udp was silent from 2026-11-28T17:30:02Z to 2026-11-28T17:30:12Z: what it missed is not known` */
export function silenceText({ group, since, until }: GroupSilence): string {
  const end = until === null ? 'to the end' : `to ${utc(until)}`;
  return `${group} was silent from ${utc(since)} ${end}: what it missed is not known`;
}

/** To the second; a time that is none as it is. */
function utc(us: number): string {
  const date = new Date(Math.floor(us / 1000));
  return Number.isNaN(date.getTime()) ? String(us) : `${date.toISOString().slice(0, 19)}Z`;
}
