import type { SenderCounts, SenderNews, SenderState } from '../sender-protocol.js';
import type { Tally } from './lane.js';

/** Counts are told so often at most, ms. */
const NEWS_MS = 250;

/** Tells the agent how it goes: states when they change, counts a few times a second while they do. */
export class News {
  #state: SenderState | null = null;
  #told = '';
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly tell: (news: SenderNews) => void,
    private readonly counts: () => SenderCounts | null,
  ) {
    this.#timer = setInterval(() => this.count(), NEWS_MS);
  }

  state(state: SenderState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.count();
    this.tell({ kind: 'state', state });
  }

  count(): void {
    const counts = this.counts();
    if (counts === null) return;
    const text = JSON.stringify(counts);
    if (text === this.#told) return;
    this.#told = text;
    this.tell(counts);
  }

  /** The last of it. */
  end(): void {
    clearInterval(this.#timer);
    this.state('stopped');
  }
}

/** Sums of tallies by record type; several schemas of one type are one. */
export function sums(tallies: Iterable<readonly [record: string, Tally]>): [string, number, number][] {
  const byName = new Map<string, [string, number, number]>();
  for (const [record, { records, units }] of tallies) {
    if (records === 0) continue;
    const sum = byName.get(record) ?? [record, 0, 0];
    sum[1] += records;
    sum[2] += units;
    byName.set(record, sum);
  }
  return [...byName.values()];
}
