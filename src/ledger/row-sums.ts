import type { Account } from './generated/ledger.js';
import { sumOf } from './row-totals.js';

/** Most rows of an output and most names of a column: those of all ledger records that conntrail writes, and some; a file may hold any. */
const MOST_ROWS = 64;
const MOST_NAMES = 64;

/** Causes of a feature's discards that are no losses, as it declares them. */
export type SetAside = (feature: string) => ReadonlySet<string>;

const NONE: ReadonlySet<string> = new Set();
/** Every discard is a loss. */
const NOTHING_ASIDE: SetAside = () => NONE;

/** Sums over the ledger records of one output, of one feature's row, with the levels of the last one. */
export class RowSums {
  attempted = 0;
  emitted = 0;
  pending = 0;
  read = 0;
  duplicate = 0;
  enqueued = 0;
  dropped = 0;
  filtered = 0;
  selfTest = 0;
  canary = 0;
  merged = 0;
  resident = 0;
  given = 0;
  /** By cause. */
  readonly lost = new Map<string, number>();
  readonly discarded = new Map<string, number>();
  readonly notes = new Map<string, number>();
  /** Running numbers given, by record type. */
  readonly claimed = new Map<string, number>();

  /** @param aside causes of discards that are no losses */
  constructor(
    readonly feature: string,
    readonly unit: string,
    readonly aside: ReadonlySet<string> = NONE,
  ) {}

  add(account: Account): void {
    this.attempted += account.attempted;
    this.emitted += account.emitted;
    this.pending = account.pending;
    this.read += account.read;
    this.duplicate += account.duplicate;
    this.enqueued += account.enqueued;
    this.dropped += account.dropped;
    this.filtered += account.filtered;
    this.selfTest += account.self_test;
    this.canary += account.canary;
    this.merged += account.merged;
    this.resident = account.resident;
    this.given += account.given;
    addAll(this.lost, account.lost);
    addAll(this.discarded, account.discarded);
    addAll(this.notes, account.notes);
    for (const { record, first_seq, last_seq } of account.series) {
      const claimed = first_seq === null || last_seq === null ? 0 : last_seq - first_seq + 1;
      addTo(this.claimed, record, claimed);
    }
  }

  /** Units lost in the kernel. */
  get kernelLost(): number {
    return sumOf(this.lost.values());
  }

  /** Units that the pipeline did not tell, all causes. */
  get discards(): number {
    return sumOf(this.discarded.values());
  }

  /** Units that the pipeline did not tell for what they are: nothing was missing. */
  get setAside(): number {
    let sum = 0;
    for (const [cause, units] of this.discarded) if (this.aside.has(cause)) sum += units;
    return sum;
  }

  /** Units that conntrail says are not in the output although nobody asked for that, wherever they were lost. */
  get allLost(): number {
    return this.kernelLost + this.dropped + this.discards - this.setAside;
  }
}

function addAll(sums: Map<string, number>, shares: Readonly<Record<string, number>>): void {
  for (const name in shares) addTo(sums, name, shares[name]!);
}

function addTo(sums: Map<string, number>, name: string, share: number): void {
  const sum = sums.get(name);
  if (sum === undefined && sums.size === MOST_NAMES) return;
  sums.set(name, (sum ?? 0) + share);
}

/** One RowSums per feature. */
export class LedgerSums {
  readonly rows = new Map<string, RowSums>();
  readonly #aside: SetAside;

  /** @param aside which discards are no losses; by default none is */
  constructor(aside: SetAside = NOTHING_ASIDE) {
    this.#aside = aside;
  }

  add(accounts: readonly Account[]): void {
    for (const account of accounts) {
      let row = this.rows.get(account.feature);
      if (row === undefined) {
        if (this.rows.size === MOST_ROWS) continue;
        row = new RowSums(account.feature, account.unit, this.#aside(account.feature));
        this.rows.set(account.feature, row);
      }
      row.add(account);
    }
  }

  /** Whether a row gives records of this type. */
  claims(record: string): boolean {
    for (const row of this.rows.values()) if (row.claimed.has(record)) return true;
    return false;
  }

  /** Units lost, all features. */
  get lost(): number {
    let lost = 0;
    for (const row of this.rows.values()) lost += row.allLost;
    return lost;
  }
}
