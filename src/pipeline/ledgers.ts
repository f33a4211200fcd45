import type { LiveHooks } from '../ledger/generated/ledger.js';
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
}

/** The ledger of each client, by slot: begun when it came, or with the first clock. */
export class Ledgers {
  readonly #identity: LedgerIdentity;
  readonly #accounts = new Map<number, LedgerAccount>();

  constructor(identity: LedgerIdentity) {
    this.#identity = identity;
  }

  /** The account of a client that was there from the start. */
  begin(slot: number, startUs: number): void {
    this.#accounts.set(slot, new LedgerAccount(startUs, null));
  }

  /** The account of a client that comes later: what happened before is not its own. */
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
