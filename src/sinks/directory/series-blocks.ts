import { BlockBuilder, type RawBlock } from '../../encoding/container-writer.js';
import type { RecordSource, RecordType } from '../../encoding/record-type.js';
import type { RecordPort } from '../../pipeline/record-writer.js';
import { SeriesCounts } from '../series-counts.js';

/** A block of records of one type. */
export interface SeriesBlock {
  readonly series: Pick<RecordType, 'name' | 'schema'>;
  readonly block: RawBlock;
  /** Of the records. */
  readonly bytes: number;
  readonly counts: SeriesCounts;
  /** Gives the block back when nobody looks at it any more. */
  readonly recycle: (block: RawBlock) => void;
}

/** Collects the records of one series into blocks. */
export class SeriesBlocks {
  readonly #type: Pick<RecordType, 'name' | 'schema' | 'index'>;
  readonly #full: (block: SeriesBlock) => void;
  readonly #builder = new BlockBuilder();
  readonly #recycle = (block: RawBlock): void => this.#builder.recycle(block);
  #units = 0;

  /** @param full takes each block, when there is no room in it for another record or `cut` is called */
  constructor(type: Pick<RecordType, 'name' | 'schema' | 'index'>, full: (block: SeriesBlock) => void) {
    this.#type = type;
    this.#full = full;
  }

  /** Bytes of the records in the block so far. */
  get size(): number {
    return this.#builder.size;
  }

  port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const builder = this.#builder;
    return {
      write: (source, units) => {
        if (!builder.fits(type.most)) this.cut();
        builder.end = type.encode(builder.bytes, builder.end, source);
        builder.count++;
        this.#units += units;
      },
    };
  }

  cut(): void {
    const block = this.#builder.take();
    if (block === null) return;
    const counts = SeriesCounts.of(this.#type, block.count, this.#units);
    this.#units = 0;
    this.#full({ series: this.#type, block, bytes: block.end - block.start, counts, recycle: this.#recycle });
  }
}
