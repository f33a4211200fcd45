import { readStart } from './segment-start.js';
import { listSegments, type SpoolFiles, segmentName } from './spool-files.js';
import { ownTypes, type TypeTable } from './type-table.js';

/** The types that blocks name by their checksum: this build's, those of the segments read so far, and where both fail, those of any other. */
export class TypeTables {
  readonly #files: SpoolFiles;
  readonly #known = new Map<number, TypeTable>();
  /** Looked for in vain. */
  readonly #missing = new Set<number>();

  constructor(files: SpoolFiles) {
    this.#files = files;
    this.learn(ownTypes());
  }

  learn(table: TypeTable | null): void {
    if (table !== null) this.#known.set(table.crc, table);
  }

  /** null: no segment has it. */
  async find(crc: number): Promise<TypeTable | null> {
    const known = this.#known.get(crc);
    if (known !== undefined || this.#missing.has(crc)) return known ?? null;
    for (const { number } of await listSegments(this.#files)) {
      const file = await this.#files.open(segmentName(number), 'read');
      if (file === null) continue;
      this.learn((await readStart(file, number).finally(() => file.close())).table);
    }
    if (!this.#known.has(crc)) this.#missing.add(crc);
    return this.#known.get(crc) ?? null;
  }
}
