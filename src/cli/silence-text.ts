import type { GroupSilence } from '../ledger/silences.js';

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
