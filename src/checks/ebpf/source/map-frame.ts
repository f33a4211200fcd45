import { BUFFER_SOURCE, KNOWN, MAP } from '../layout.gen.js';
import type { EntryCountFacts } from './entry-count.js';
import { FrameWriter } from './frame-writer.js';
import type { MapFacts } from './map-facts.js';
import { type ObjectFacts, writeObject } from './object-frame.js';

/** The rings behind a map with all that maps them; bytes. */
export interface BufferFacts {
  readonly source: 'iterator' | 'proc';
  readonly bytes: number;
  readonly mapped: number;
  readonly mappedConsumer: number;
  readonly rings: number;
  readonly mappings: number;
}

export interface MapReading
  extends ObjectFacts,
    Pick<MapFacts, 'keySize' | 'valueSize' | 'maxEntries' | 'flags' | 'extra' | 'frozen'> {
  readonly count: EntryCountFacts;
  /** null: it has none, or it is not known. */
  readonly buffer: BufferFacts | null;
}

/** The frame of one reading of one map. */
export class MapFrame {
  readonly #frame = new FrameWriter(MAP.size);
  readonly #pageSize: number;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /** @returns its payload, until the next one is written */
  write(round: number, reading: MapReading): Uint8Array {
    const frame = this.#frame;
    const { count, buffer } = reading;
    frame.clear();
    let known = writeObject(frame, round, this.#pageSize, reading);
    frame.word(MAP.key_size, reading.keySize);
    frame.word(MAP.value_size, reading.valueSize);
    frame.word(MAP.max_entries, reading.maxEntries);
    frame.word(MAP.flags, reading.flags);
    frame.wide(MAP.extra, reading.extra);
    frame.byte(MAP.frozen, reading.frozen === true ? 1 : 0);
    frame.byte(MAP.entries_by, count.by);
    frame.byte(MAP.entries_reason, count.reason);
    if (count.entries !== null) {
      frame.long(MAP.entries, count.entries);
      frame.wide(MAP.entries_ns, count.countedNs ?? reading.readNs);
      known |= KNOWN.entries;
    }
    if (buffer !== null) {
      frame.long(MAP.buffer_bytes, buffer.bytes);
      frame.long(MAP.buffer_mapped, buffer.mapped);
      frame.long(MAP.buffer_mapped_consumer, buffer.mappedConsumer);
      frame.word(MAP.buffer_rings, buffer.rings);
      frame.word(MAP.buffer_mappings, buffer.mappings);
      frame.byte(MAP.buffer_source, BUFFER_SOURCE[buffer.source]);
      known |= KNOWN.buffer;
    }
    frame.word(MAP.object_known, known);
    return frame.bytes;
  }
}
