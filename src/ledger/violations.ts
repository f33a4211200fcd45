/** The identities that a sequence of ledger records and the records between them must keep; docs/cli.md lists them, at verify. */
export type IdentityName = 'I1' | 'I2' | 'I3' | 'I5' | 'I7' | 'I8' | 'I9' | 'seq' | 'end';

export interface Violation {
  identity: IdentityName;
  /** The row or the series it is about; '' for the output as a whole. */
  of: string;
  /** The equation, in the words of the ledger record. */
  rule: string;
  left: number;
  right: number;
  /** `seq` of the ledger record where it was found; null: in the sums over the output. */
  ledgerSeq: number | null;
}

/** What was found, within a bound: a file of random bytes would otherwise fill the memory. */
export class Violations {
  readonly list: Violation[] = [];
  readonly #bound: number;
  /** Beyond the bound. */
  suppressed = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  expect(
    identity: IdentityName,
    of: string,
    rule: string,
    left: number,
    right: number,
    ledgerSeq: number | null,
  ): void {
    if (left !== right) this.add({ identity, of, rule, left, right, ledgerSeq });
  }

  add(violation: Violation): void {
    if (this.list.length < this.#bound) this.list.push(violation);
    else this.suppressed++;
  }
}
