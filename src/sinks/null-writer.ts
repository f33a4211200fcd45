import type { RecordSource, RecordType } from '../encoding/record-type.js';
import type { Ledger } from '../ledger/generated/ledger.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import type { RecordPort, RecordWriter } from '../pipeline/record-writer.js';
import { SeriesCounts } from './series-counts.js';

/** Writes nothing, and counts what it is given: for whoever wants the ledger alone. */
export class NullWriter implements RecordWriter {
  readonly backlog = 0;
  readonly given = new SeriesCounts();

  port<S extends RecordSource>({ index }: RecordType<S>): RecordPort<S> {
    return { write: (_source, units) => this.given.note(index, 1, units) };
  }

  ledger({ intervals }: Ledger): void {
    this.given.note(LEDGER.index, intervals, 0);
  }

  push(): void {}
}
