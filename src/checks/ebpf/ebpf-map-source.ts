import { BUFFER_SOURCE, ENTRIES_REASON, KNOWN, MAP } from './layout.gen.js';
import type { MapShape } from './memory-model.js';
import { EbpfObjectSource } from './object-source.js';
import { MAP_TYPES, typeName } from './type-names.js';

/** One `struct ct_ebpf_map` in memory: the input of the encoders. */
export class EbpfMapSource extends EbpfObjectSource implements MapShape {
  /** The same, for as long as it is wanted. */
  copy(): EbpfMapSource {
    return this.fill(new EbpfMapSource(this), MAP.size);
  }

  get typeName(): string {
    return typeName(MAP_TYPES, this.type);
  }

  get keySize(): number {
    return this.word(MAP.key_size);
  }

  get valueSize(): number {
    return this.word(MAP.value_size);
  }

  get maxEntries(): number {
    return this.word(MAP.max_entries);
  }

  get flags(): number {
    return this.word(MAP.flags);
  }

  get mapped(): number | null {
    return this.knows(KNOWN.buffer) ? this.long(MAP.buffer_mapped) : null;
  }

  get mappedConsumer(): number | null {
    return this.knows(KNOWN.buffer) ? this.long(MAP.buffer_mapped_consumer) : null;
  }

  /** null: not known. */
  get entries(): number | null {
    return this.knows(KNOWN.entries) ? this.long(MAP.entries) : null;
  }

  /** enum ct_ebpf_entries_reason. */
  get entriesReason(): number {
    return this.byte(MAP.entries_reason);
  }

  /** Whether what its fields say of entries and rings can be. */
  get agrees(): boolean {
    const counted = this.knows(KNOWN.entries);
    const reason = this.entriesReason;
    const told = this.byte(MAP.buffer_source);
    return (
      counted === (this.byte(MAP.entries_by) !== 0) &&
      counted === (reason === ENTRIES_REASON.none) &&
      this.knows(KNOWN.buffer) === (told !== BUFFER_SOURCE.none)
    );
  }
}
