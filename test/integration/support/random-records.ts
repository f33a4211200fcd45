/** Records of two types, valid and random, that say which one they are: what a sender is given. */
import { createHash, randomBytes } from 'node:crypto';
import avsc from 'avsc';
import type { RecordSource, RecordType } from '../../../src/encoding/record-type.js';
import { putAvroString } from '../../../src/encoding/string-output.js';
import { putNumber } from '../../../src/encoding/varint.js';
import { RECORD_TYPES } from '../../../src/records.gen.js';
import type { SpoolWriter } from '../../../src/spool/spool-writer.js';
import { HOST } from './sender.js';

const BOOT_ID = '6f0a7c1e-5b0d-4d5e-9d2f-1c2d3e4f5a6b';
const TAILS = 200;

interface Source extends RecordSource {
  run: number;
}

/** Everything that follows `seq` in a record of this type, a few times. */
function tails(schema: string): Buffer[] {
  const { fields, ...rest } = JSON.parse(schema) as { fields: { name: string }[] };
  const at = fields.findIndex(({ name }) => name === 'seq') + 1;
  const identity = fields.slice(0, at);
  const whole = avsc.Type.forSchema({ ...rest, fields } as avsc.Schema);
  const head = avsc.Type.forSchema({ ...rest, name: 'Head', fields: identity } as avsc.Schema);
  return Array.from({ length: TAILS }, () => {
    const value = whole.random() as unknown;
    const bytes = whole.toBuffer(value);
    return bytes.subarray(head.toBuffer(value).length);
  });
}

export class RandomRecords {
  readonly #ports: ((seq: number) => void)[] = [];
  readonly #next: number[] = [];
  /** What was handed to the spool, in order, by record type: key and a digest of its Avro. */
  readonly handed = new Map<string, { key: string; digest: string }[]>();
  #turn = 0;

  /** @param extra further bytes of a record, to make it large; it is no valid record of its schema then */
  constructor(
    writer: SpoolWriter,
    run: number,
    names = ['connection', 'dns'],
    extra?: { most: number; of: (seq: number) => number },
  ) {
    for (const name of names) {
      const real = RECORD_TYPES.find((type) => type.name === name)!;
      const pool = tails(real.schema);
      const handed: { key: string; digest: string }[] = [];
      this.handed.set(name, handed);
      const longs = name === 'connection' ? 2 : 0;
      const type: RecordType<Source> = {
        ...(real as unknown as RecordType<Source>),
        most: 2_000 + (extra?.most ?? 0),
        encode: (out, pos, { seq }) => {
          let p = putNumber(out, putAvroString(out, putAvroString(out, pos, HOST), BOOT_ID), run);
          for (let i = 0; i < longs; i++) p = putNumber(out, p, seq * 77);
          p = putNumber(out, p, seq);
          const tail = pool[seq % TAILS]!;
          out.set(tail, p);
          p += tail.length;
          const more = extra?.of(seq) ?? 0;
          if (more > 0) out.set(randomBytes(more), p);
          p += more;
          handed.push({ key: `${HOST}/${BOOT_ID}/${run}/${name}/${seq}`, digest: digestOf(out.subarray(pos, p)) });
          return p;
        },
      };
      const port = writer.port(type);
      const source = { seq: 0, run };
      this.#next.push(1);
      this.#ports.push((seq) => {
        source.seq = seq;
        port.write(source, 1);
      });
    }
  }

  /** Hands over so many, of all types in turn. */
  write(count: number): void {
    for (let i = 0; i < count; i++) {
      const which = this.#turn++ % this.#ports.length;
      this.#ports[which]!(this.#next[which]!++);
    }
  }
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}
