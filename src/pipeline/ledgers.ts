import type { Asset, LiveHooks } from '../ledger/generated/ledger.js';
import { LedgerAccount } from '../ledger/ledger-account.js';
import { type RowTotals, withoutHeld } from '../ledger/row-totals.js';
import type { Client } from './client.js';

/** What a ledger record says of its run: as RecordIdentity, as text. */
export interface LedgerIdentity {
  host: string;
  bootId: string;
  run: number;
}

/** A flush that was decided. */
export interface FlushDecision {
  final: boolean;
  /** UTC, µs. */
  end: number;
  /** The hook groups that are live. */
  hooks: LiveHooks[];
  /** What became of the object files. */
  assets: Asset[];
}

/** The ledger of each client, by slot: begun when it came, or with the first clock after that. */
export class Ledgers {
  readonly #identity: LedgerIdentity;
  readonly #accounts = new Map<number, LedgerAccount>();

  constructor(identity: LedgerIdentity) {
    this.#identity = identity;
  }

  /** The first clock was told: accounts that have closed no interval yet begin then. */
  begin(startUs: number): void {
    for (const account of this.#accounts.values()) account.begin(startUs);
  }

  /** The account of a client that comes: what happened before is not its own. */
  join(slot: number, startUs: number, before: readonly RowTotals[]): void {
    this.#accounts.set(slot, new LedgerAccount(startUs, before.map(withoutHeld)));
  }

  leave(slot: number): void {
    this.#accounts.delete(slot);
  }

  /** Gives the client the record that closes its interval. */
  close(slot: number, { writer }: Client, totals: readonly RowTotals[], flush: FlushDecision): void {
    const account = this.#accounts.get(slot);
    if (account === undefined) return;
    writer.ledger(account.close(totals, { ...this.#identity, ...flush }));
  }
}
