import type { ConnectionSource } from '../connection-source.js';
import { CONN, OBSERVED_FROM, STATE, UNKNOWN as UNTOLD } from '../layout.gen.js';
import type { Row } from './row.js';

/** Open connections whose last line is remembered; beyond, the eldest have no rate in their next line. */
const MAX_REMEMBERED = 1 << 16;

/** How fast an open connection was since its last line, or its start; null: not known, or it has ended. */
export interface Rates {
  /** Bytes per second. */
  sent: number | null;
  received: number | null;
  /** Its first line, which has what it sent and received before conntrail saw it: a sum, not a rate. */
  past: boolean;
}

export const NO_RATES: Rates = { sent: null, received: null, past: false };

/** Remembers when each open connection had its last line: what its next one adds came since then. */
export class RateMemory {
  readonly #lastNs = new Map<string, number>();

  /** The rates that the row's line shows; call it once for each line. */
  note(row: Row, { delta, d }: ConnectionSource): Rates {
    const key = row.identity;
    const lastNs = this.#lastNs.get(key);
    this.#lastNs.delete(key);
    if (row.u8(CONN.state) !== STATE.open) return NO_RATES;
    const nowNs = row.u64(CONN.end_ns);
    this.#lastNs.set(key, nowNs);
    if (this.#lastNs.size > MAX_REMEMBERED) this.#lastNs.delete(this.#lastNs.keys().next().value!);

    // Its first line adds all of it; a later one would too only if it had sent and received nothing before.
    const first =
      lastNs === undefined && delta[d] === row.u64(CONN.sent_bytes) && delta[d + 1] === row.u64(CONN.received_bytes);
    const fromStart = row.u8(CONN.observed_from) === OBSERVED_FROM.start;
    if (first && !fromStart) return { ...NO_RATES, past: true };
    const sinceNs = first ? row.u64(CONN.start_ns) : (lastNs ?? 0);
    if (sinceNs === 0 || nowNs <= sinceNs) return NO_RATES;
    const seconds = (nowNs - sinceNs) / 1e9;
    const known = (row.u16(CONN.unknown) & UNTOLD.received_bytes) === 0;
    return { sent: delta[d]! / seconds, received: known ? delta[d + 1]! / seconds : null, past: false };
  }
}
