import type { Ledger } from '../../src/ledger/generated/ledger.js';
import type { ByteSink, Chunk, RecordForm } from '../../src/sinks/byte-sink.js';
import { SeriesCounts } from '../../src/sinks/series-counts.js';

/** Keeps what it is given, and tells no account. */
export class CollectingSink implements ByteSink {
  readonly chunks: Uint8Array[] = [];
  #form: RecordForm | undefined;
  backlog = 0;
  /** Closed connections. */
  written = 0;
  /** All that the chunks said they hold. */
  readonly counts = new SeriesCounts();

  attach(form: RecordForm): void {
    this.#form = form;
  }

  write({ bytes, counts }: Chunk): void {
    this.frame(bytes);
    this.written += counts.units;
    this.counts.add(counts);
  }

  frame(bytes: Uint8Array): void {
    this.#form!.place?.(bytes);
    this.chunks.push(bytes);
  }

  ledger(record: Ledger): void {
    const bytes = this.#form!.ledger(record);
    if (bytes !== null) this.frame(bytes);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }
}
