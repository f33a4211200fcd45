import type { RecordSource, RecordType } from '../encoding/record-type.js';
import { CountedPort } from './counted-port.js';
import type { RecordWriter } from './record-writer.js';

/** What was given to a client, of some record types. */
export interface GivenTotals {
  /** The last running number of each type that it takes. */
  series: { record: string; seq: number }[];
  /** Units of the records that its writer took, of those that could not be encoded, and of those it has no place for. */
  units: number;
  unencodable: number;
  unasked: number;
}

/** The ports of one client: one per record type, numbered and counted for its ledger. */
export class ClientPorts {
  readonly #writer: RecordWriter;
  readonly #ports = new Map<string, CountedPort<RecordSource>>();

  constructor(writer: RecordWriter) {
    this.#writer = writer;
  }

  /** Where records of this type go; the same port each time. */
  port<S extends RecordSource>(type: RecordType<S>): CountedPort<S> {
    let port = this.#ports.get(type.name);
    if (port === undefined) {
      port = new CountedPort(type, this.#writer) as unknown as CountedPort<RecordSource>;
      this.#ports.set(type.name, port);
    }
    return port as unknown as CountedPort<S>;
  }

  /** Whether records of a type have a place with its writer: of a type whose port was asked for. */
  isTaken(record: string): boolean {
    return this.#ports.get(record)?.isTaken ?? false;
  }

  /** What was given of these record types. */
  totalsOf(records: readonly string[]): GivenTotals {
    const totals: GivenTotals = { series: [], units: 0, unencodable: 0, unasked: 0 };
    for (const record of records) {
      const port = this.#ports.get(record);
      if (port === undefined) continue;
      if (port.isTaken) totals.series.push({ record, seq: port.seq });
      totals.units += port.units;
      totals.unencodable += port.unencodableUnits;
      totals.unasked += port.unaskedUnits;
    }
    return totals;
  }

  /** Of all types: records and units taken, and units that could not be encoded. */
  get totals(): { records: number; units: number; unencodable: number } {
    const totals = { records: 0, units: 0, unencodable: 0 };
    for (const port of this.#ports.values()) {
      totals.records += port.records;
      totals.units += port.units;
      totals.unencodable += port.unencodableUnits;
    }
    return totals;
  }
}
