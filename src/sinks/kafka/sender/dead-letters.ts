import { NAMES, type SpoolFile, type SpoolFiles } from '../../../spool/spool-files.js';

/** Most bytes of the file; what comes beyond is counted alone. */
export const MAX_DEAD_LETTER_BYTES = 64 << 20;

/** A record that the broker will never take. */
export interface DeadLetter {
  /** Why, one sentence. */
  readonly reason: string;
  readonly topic: string;
  /** null: the record does not say which one it is. */
  readonly key: string | null;
  readonly schemaId: number | null;
  readonly record: string;
  readonly avro: Uint8Array;
}

/** The file of dead letters, a line of JSON each: {time, reason, topic, key, schema_id, record, avro (base64)}. */
export class DeadLetters {
  #file: SpoolFile | null = null;
  #end = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly files: SpoolFiles) {}

  /** Returns when it is on the disk, or there is no room for it. @throws what the disk throws */
  append(letter: DeadLetter): Promise<void> {
    const done = this.#writing.then(() => this.#append(letter));
    this.#writing = done.catch(() => {});
    return done;
  }

  async #append({ reason, topic, key, schemaId, record, avro }: DeadLetter): Promise<void> {
    if (this.#file === null) {
      this.#file = (await this.files.open(NAMES.deadLetters, 'write')) ?? (await this.files.create(NAMES.deadLetters));
      this.#end = await this.#file.size();
    }
    const base64 = Buffer.from(avro.buffer, avro.byteOffset, avro.length).toString('base64');
    const line = { time: new Date().toISOString(), reason, topic, key, schema_id: schemaId, record, avro: base64 };
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    if (this.#end + bytes.length > MAX_DEAD_LETTER_BYTES) return;
    await this.#file.write(bytes, this.#end);
    await this.#file.sync();
    this.#end += bytes.length;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
  }
}
