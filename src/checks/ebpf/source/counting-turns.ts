/** Share of a round's budget for maps that are soon done, and what one of them may take of it. */
const QUICK_SHARE = 0.5;
const QUICK_ONE = 0.125;

/** What is known of the counts of one map. */
interface Turn {
  /** Round in which its last count ended; 0: none did. */
  round: number;
  /** CPU time that its last count took, ns; or, before there was one, what it may take. */
  costNs: number;
  /** CPU time so far of a count that goes on. */
  spentNs: number;
}

/** Whether a count ended, and the CPU time that it took, ns. */
export interface Slice {
  readonly ended: boolean;
  readonly tookNs: number;
}

/**
 * Whose entries are counted in a round: CPU time for counting is bounded, and each map has its turn. Those that are soon done share one half of it,
 * so that no big map keeps them waiting; the rest goes to whoever has waited longest.
 */
export class CountingTurns {
  readonly #turns = new Map<number, Turn>();

  /**
   * Goes through the maps of a round.
   * @param maps id → what counting it may take at first, ns
   * @param count goes on with a map's count for so many ns at most
   */
  round(
    round: number,
    maps: ReadonlyMap<number, number>,
    budgetNs: number,
    count: (map: number, ns: number) => Slice,
  ): void {
    for (const id of this.#turns.keys()) if (!maps.has(id)) this.#turns.delete(id);
    for (const [id, costNs] of maps) {
      if (!this.#turns.has(id)) this.#turns.set(id, { round: 0, costNs, spentNs: 0 });
    }
    const waiting = [...this.#turns].sort(([a, one], [b, other]) => one.round - other.round || a - b);
    let left = budgetNs;
    const serve = (id: number, turn: Turn, ns: number): void => {
      const { ended, tookNs } = count(id, ns);
      left -= tookNs;
      turn.spentNs += tookNs;
      if (!ended) return;
      turn.round = round;
      turn.costNs = turn.spentNs;
      turn.spentNs = 0;
    };
    const end = budgetNs * (1 - QUICK_SHARE);
    for (const [id, turn] of waiting) {
      if (turn.costNs <= budgetNs * QUICK_ONE && left > end) serve(id, turn, left - end);
    }
    for (const [id, turn] of waiting) if (turn.round !== round && left > 0) serve(id, turn, left);
  }
}
